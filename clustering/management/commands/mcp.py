"""Serve the tools of one API token to an assistant, over standard input and output."""

import os
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clustering.services import tokens

TOKEN = "LOGOSITE_TOKEN"  # noqa: S105  # the name of a variable


class Command(BaseCommand):
    help = f"Serve MCP over stdio with the API token in {TOKEN}."

    def handle(self, *_args: Any, **_options: Any) -> None:
        """Run until standard input ends."""
        secret = os.environ.get(TOKEN, "")
        if tokens.find(secret) is None:
            raise CommandError(f"Set {TOKEN} to an API token from your account page.")
        from clustering.api.mcp_server import make_server  # a heavy library

        make_server(secret).run("stdio")
