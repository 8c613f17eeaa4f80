"""What the stored forms of all corrections share."""

from collections.abc import Mapping
from typing import Any, Final, Literal, TypeVar

from clustering.pipeline.errors import PipelineError

VERSION: Final = 1  # of stored payloads; those without a version are of version 1
Side = Literal["before", "after"]
Key = TypeVar("Key", int, str)


class UnknownPayload(PipelineError):
    """A stored correction is of a version that this code cannot read."""

    code = "unknown_payload"


def check_version(payload: Mapping[str, Any]) -> None:
    version = payload.get("version", 1)
    if version != VERSION:
        raise UnknownPayload(f"a correction of version {version} needs a newer Logosite")


def ids_by_uid(uids: Mapping[Key, str | None]) -> dict[str, list[Key]]:
    """Return the keys of each uid; an empty one is none."""
    found: dict[str, list[Key]] = {}
    for key, uid in uids.items():
        found.setdefault(uid or "", []).append(key)
    return found


def counted(n: int, noun: str) -> str:
    return f"{n} {noun}" if n == 1 else f"{n} {noun}s"
