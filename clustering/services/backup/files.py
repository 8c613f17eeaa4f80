"""Files of the storage: which there must be, and whether they are whole."""

import hashlib
import json
import re
import shutil
from collections.abc import Callable, Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.models import Dataset, Logo
from clustering.pipeline.errors import InputError
from clustering.services import storage
from clustering.services.backup import rows
from clustering.services.file_store import store

INDEX: Final = "files.jsonl"
DIGEST: Final = re.compile(r"[0-9a-f]{64}")


@dataclass(frozen=True)
class StoredFile:
    """A file that is named by its content."""

    name: str
    """In the storage, and within a backup."""
    sha256: str


@dataclass(frozen=True)
class Copied:
    """Number and size of copied files."""

    n: int
    n_bytes: int
    n_missing: int


def of_dataset(dataset: Dataset) -> Iterator[StoredFile]:
    """Yield the files that a data set needs."""
    logos = Logo.objects.filter(captures__domain__dataset=dataset).distinct().order_by("pk")
    for digest in logos.values_list("sha256", flat=True).iterator(rows.ROWS_PER_READ):
        yield _logo(digest)
    if dataset.source_sha256:
        yield _upload(dataset.source_sha256)


def of_everybody() -> Iterator[StoredFile]:
    """Yield the files of all rows."""
    for _, digest in rows.in_parts(Logo, ["id", "sha256"]):
        yield _logo(digest)
    uploads = Dataset.objects.exclude(source_sha256="").order_by("source_sha256")
    for digest in uploads.values_list("source_sha256", flat=True).distinct():
        yield _upload(digest)


def damaged(dataset: Dataset) -> list[str]:
    """Return a line for each file of a data set that is missing or was changed."""
    found = []
    for file in of_dataset(dataset):
        try:
            with store().local(file.name) as path:
                if digest(path) != file.sha256:
                    found.append(f"{file.name} was changed")
        except FileNotFoundError:
            found.append(f"{file.name} is missing")
    return found


def copy(files: Iterable[StoredFile], folder: Path) -> Copied:
    """Copy files into a backup, with an index of their digests."""
    n = n_bytes = n_missing = 0
    with (folder / INDEX).open("w", encoding="utf-8") as index:
        for file in files:
            target = folder / "files" / file.name
            target.parent.mkdir(parents=True, exist_ok=True)
            try:
                with store().local(file.name) as path:
                    shutil.copyfile(path, target)
            except FileNotFoundError:
                n_missing += 1
                continue
            entry = {"name": file.name, "sha256": digest(target)}
            index.write(json.dumps(entry) + "\n")
            n, n_bytes = n + 1, n_bytes + target.stat().st_size
    return Copied(n, n_bytes, n_missing)


def listed(folder: Path) -> Iterator[tuple[StoredFile, Path]]:
    """Yield the files of a backup: where each belongs, and where it lies.

    Paths follow from the digests, not from the index, which may have been changed to lead
    elsewhere.

    Raises:
        InputError: if the index names anything but logos and uploads by digest.
    """
    with (folder / INDEX).open(encoding="utf-8") as index:
        for line in index:
            entry = json.loads(line)
            kind = str(entry["name"]).partition("/")[0]
            if kind not in KINDS or not DIGEST.fullmatch(str(entry["sha256"])):
                raise InputError(f"{INDEX} of the backup names a file that is no logo or upload")
            file = KINDS[kind](entry["sha256"])
            yield file, folder / "files" / file.name


def digest(path: Path) -> str:
    """Return the SHA-256 of a file."""
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()


def _logo(digest: str) -> StoredFile:
    return StoredFile(storage.logo_name(digest), digest)


def _upload(digest: str) -> StoredFile:
    return StoredFile(storage.upload_name(digest), digest)


KINDS: Final[Mapping[str, Callable[[str], StoredFile]]] = {"logos": _logo, "uploads": _upload}
