"""The curation file: people's decisions about a run as one JSON document.

docs/curation-file.md describes the format. The models check what comes from outside.
"""

import json
from typing import Annotated, Final, Literal

from pydantic import BaseModel, ConfigDict, Field, ValidationError

from clustering.pipeline.errors import InputError

SCHEMA: Final = "logo-curation/1"
FULL_SCHEMA: Final = "logo-clusters/1"
MAX_BYTES: Final = 2_000_000
MAX_FULL_BYTES: Final = 20_000_000
"""Limit of a full export; only its decisions are read."""
MOST: Final = 50_000  # entries of one list

Text = Annotated[str, Field(max_length=500)]
Key = Annotated[str, Field(min_length=1, max_length=64)]
DomainName = Annotated[str, Field(min_length=1, max_length=253)]
Domains = Annotated[list[DomainName], Field(max_length=MOST)]


class _Part(BaseModel):
    model_config = ConfigDict(frozen=True, strict=True)


class FileCluster(_Part):
    """A cluster that decisions refer to, known again by its id or its members."""

    id: Key
    name: Text = ""
    members: Domains = []


class FileMerge(_Part):
    """Clusters that were merged into one."""

    into: Key
    clusters: Annotated[list[Key], Field(max_length=MOST)]


class FileLabels(_Part):
    """Domains that a person put into a cluster."""

    cluster: Key
    domains: Domains


class FileName(_Part):
    """The name that a person gave a cluster."""

    cluster: Key
    name: Text


class FileNote(_Part):
    """A note on a cluster or on a domain."""

    text: Text
    cluster: Key | None = None
    domain: DomainName | None = None


class FileRule(_Part):
    """What a person said about two domains."""

    kind: Literal["same", "different"]
    domains: Annotated[list[DomainName], Field(min_length=2, max_length=2)]


class CurationFile(_Part):
    """All decisions in force of one run."""

    schema_: Literal["logo-curation/1"] = Field(alias="schema")
    clusters: Annotated[list[FileCluster], Field(max_length=MOST)] = []
    merges: Annotated[list[FileMerge], Field(max_length=MOST)] = []
    splits: Annotated[list[FileLabels], Field(max_length=MOST)] = []
    """Clusters that people made."""
    labels: Annotated[list[FileLabels], Field(max_length=MOST)] = []
    removals: Domains = []
    """Domains that people made outliers."""
    ignored: Domains = []
    names: Annotated[list[FileName], Field(max_length=MOST)] = []
    locks: Annotated[list[Key], Field(max_length=MOST)] = []
    notes: Annotated[list[FileNote], Field(max_length=MOST)] = []
    rules: Annotated[list[FileRule], Field(max_length=MOST)] = []


class _FullExport(_Part):
    schema_: Literal["logo-clusters/1"] = Field(alias="schema")
    curation: CurationFile


def read(content: bytes) -> CurationFile:
    """Return the decisions of a curation file, or of a full export.

    Raises:
        InputError: if it is too large, or no such document, with the place of the first error.
    """
    is_full = f'"{FULL_SCHEMA}"'.encode() in content[:100]
    most = MAX_FULL_BYTES if is_full else MAX_BYTES
    if len(content) > most:
        raise InputError(f"the file is larger than {most // 1_000_000} MB")
    try:
        if is_full:
            return _FullExport.model_validate_json(content).curation
        return CurationFile.model_validate_json(content)
    except ValidationError as error:
        first = error.errors(include_url=False, include_input=False)[0]
        place = "/".join(map(str, first["loc"])) or "the document"
        text = f"this is no curation file of {SCHEMA}: {place}: {first['msg']}"
        raise InputError(text[:300]) from error


def write(document: CurationFile, head: dict[str, object]) -> bytes:
    """Return the document as JSON; the same decisions give the same bytes.

    Args:
        head: what identifies data set and run, for people; nothing reads it.
    """
    fields = as_fields(document)
    ordered = {"schema": fields.pop("schema")} | head | fields
    return json.dumps(ordered, ensure_ascii=False, indent=1).encode() + b"\n"


def as_fields(document: CurationFile) -> dict[str, object]:
    """Return the document as JSON-able values."""
    return document.model_dump(by_alias=True, exclude_none=True)
