"""Client of the REST API of Logosite."""

from logosite_client.client import Logosite
from logosite_client.transport import LogositeError

__all__ = ["Logosite", "LogositeError"]
