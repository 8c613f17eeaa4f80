"""A backup of everything in a folder, and its restoration into an empty installation.

    manifest.json     format, time, migrations, number of rows, digest of every other part
    rows/MODEL.jsonl  names of the columns, then the values of a row a line
    files.jsonl       name and SHA-256 of every file
    files/...         logos and uploads

Rows are read in one snapshot while the product works. A file is written before its row, so the
files of the snapshot are there when they are copied after it. Sessions, failed sign-ins and the
secret key are left out.
"""

import json
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from django.db import connection, transaction
from django.db.migrations.recorder import MigrationRecorder
from django.utils import timezone

from clustering.models import Dataset, User
from clustering.pipeline.errors import InputError
from clustering.services.backup import files, rows
from clustering.services.file_store import store

FORMAT: Final = 1
MANIFEST: Final = "manifest.json"


@dataclass(frozen=True)
class Report:
    """What was copied."""

    n_rows: int
    n_files: int
    n_bytes: int
    n_missing: int = 0
    """Files that were not there: their data set was deleted meanwhile, or they were lost."""


def write(folder: Path) -> Report:
    """Write a backup into ``folder``; it appears under this name when it is whole.

    Raises:
        InputError: if the folder exists.
        OSError: if the disk is full.
    """
    if folder.exists():
        raise InputError(f"{folder} exists; name a new folder")
    draft = folder.with_name(f"{folder.name}.part")
    shutil.rmtree(draft, ignore_errors=True)
    (draft / "rows").mkdir(parents=True)
    with rows.snapshot():
        migrations = _migrations()
        n_rows = {
            model.__name__: rows.write(model, draft / _part(model.__name__))
            for model in rows.models()
        }
        needed = list(files.of_everybody())
    copied = files.copy(needed, draft)
    manifest = {
        "format": FORMAT,
        "written_at": timezone.now().isoformat(),
        "migrations": migrations,
        "rows": n_rows,
        "sha256": {
            name: files.digest(draft / name) for name in (files.INDEX, *map(_part, n_rows))
        },
    }
    (draft / MANIFEST).write_text(json.dumps(manifest, indent=1), encoding="utf-8")
    draft.rename(folder)
    return Report(sum(n_rows.values()), copied.n, copied.n_bytes, copied.n_missing)


def restore(folder: Path) -> Report:
    """Read a backup into an empty, migrated database and its storage.

    All digests are compared before anything is written; the rows are one transaction.

    Raises:
        InputError: if the backup is damaged or of another version, or this place is not empty.
    """
    if User.objects.exists() or Dataset.objects.exists():
        raise InputError("this database is not empty; restore into a new one")
    manifest = _checked_manifest(folder)
    found = list(files.listed(folder))
    for file, source in found:
        _compare(source, file.sha256, file.name)
    for file, source in found:
        store().write(file.name, source.read_bytes())
    with transaction.atomic():
        n_rows = sum(rows.read(name, folder / _part(name)) for name in manifest["rows"])
        rows.reset_sequences()
    return Report(n_rows, len(found), sum(source.stat().st_size for _, source in found))


def _part(model: str) -> str:
    return f"rows/{model}.jsonl"


def _migrations() -> list[str]:
    applied = MigrationRecorder(connection).applied_migrations()
    return sorted(name for app, name in applied if app == rows.APP)


def _checked_manifest(folder: Path) -> dict[str, Any]:
    try:
        manifest: dict[str, Any] = json.loads((folder / MANIFEST).read_text(encoding="utf-8"))
    except (OSError, ValueError) as error:
        raise InputError(f"{folder} holds no whole backup: {error}") from error
    if manifest["format"] != FORMAT or manifest["migrations"] != _migrations():
        raise InputError(
            "the backup is of another version; restore it with that version, then upgrade"
        )
    for name, expected in manifest["sha256"].items():
        _compare(folder / name, expected, name)
    return manifest


def _compare(path: Path, expected: str, name: str) -> None:
    if not path.is_file() or files.digest(path) != expected:
        raise InputError(f"{name} of the backup is missing or was changed")
