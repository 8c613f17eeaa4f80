"""Reader for a ZIP of images named by domain; member names are text, never paths."""

import os
import re
import unicodedata
import zipfile
import zlib
from collections.abc import Iterator
from functools import lru_cache
from pathlib import Path, PurePosixPath
from typing import Final, NamedTuple

from clustering.pipeline.domains import IMAGE_SUFFIX, N_PREVIEW_ROWS, Column, UploadReading
from clustering.pipeline.domains.intake_stats import IntakeStats
from clustering.pipeline.domains.names import as_shown, normalise
from clustering.pipeline.errors import InputError, UnreadableUpload

MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06")
MAX_ENTRIES: Final = 100_000
MAX_MEMBER_BYTES: Final = 5 << 20
MAX_TOTAL_BYTES: Final = 2 << 30
MAX_RATIO: Final = 100  # real logos, SVG included, stay below 10 in total
RATIO_COUNTS_FROM_BYTES: Final = 50 << 20
IMAGE_EXTENSIONS: Final = frozenset(
    ("avif", "bmp", "gif", "ico", "img", "jfif", "jpeg", "jpg", "png", "svg", "svgz", "webp")
)

_ENCRYPTED_BIT: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IMAGE_STARTS: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"\0\0\1\0", b"<svg")
_IMAGE_STARTS_LATER: Final = (b"ftypavi", b"<svg")
_NOT_SLUG: Final = re.compile(r"[^a-z0-9]+")
_DAMAGED: Final = (zipfile.BadZipFile, zlib.error, OSError, EOFError, NotImplementedError)


class ArchiveMember(NamedTuple):
    """One file in the ZIP."""

    row_number: int
    member: str
    stem: str
    """File name without folders and image extension."""
    problem: str
    """Why it is not a usable image; empty if it is."""


def read(path: Path) -> UploadReading:
    """Return the images in ``path`` by domain.

    If fewer than half of the images are named by a domain, each gets a unique name instead:
    its path in the ZIP as a slug + ``IMAGE_SUFFIX``.

    Raises:
        UnreadableUpload: if the file is damaged, encrypted or exceeds the limits.
    """
    try:
        with zipfile.ZipFile(path) as archive:
            entries = list(_entries(archive))
    except _DAMAGED as error:
        raise UnreadableUpload("The ZIP file is damaged or incomplete") from error
    usable = [entry for entry in entries if not entry.problem]
    score = sum(_domain_of(entry) is not None for entry in usable) / max(1, len(usable))
    stats = IntakeStats()
    if score >= 0.5:
        _count_by_domain(stats, entries)
    else:
        _count_by_path(stats, entries)
    return UploadReading(
        kind="images",
        file_type="zip",
        columns=(Column("file name", score),),
        column="file name",
        has_header=False,
        preview=tuple((as_shown(entry.member),) for entry in entries[:N_PREVIEW_ROWS]),
        n_rows=stats.n_rows,
        domains=tuple(stats.domains()),
        n_duplicates=stats.n_duplicates,
        rejected=tuple(stats.rejected),
    )


def read_member(path: Path, member: str) -> bytes:
    """Return the bytes of ``member``; the directories of the last two ZIPs are cached.

    Raises:
        UnreadableUpload: if the member is missing, damaged, or too large.
    """
    try:
        state = path.stat()
        archive = _opened(path, state.st_size, state.st_mtime_ns, os.getpid())
        return _unpacked(archive, _first_of(archive, member))
    except _DAMAGED as error:
        raise UnreadableUpload("The ZIP file is damaged or incomplete") from error


@lru_cache(maxsize=2)  # parsing a directory takes 4 ms per 1,000 entries
def _opened(path: Path, size: int, mtime_ns: int, pid: int) -> zipfile.ZipFile:
    """Open ``path``; keyed by state and process: forks must not share a file position."""
    return zipfile.ZipFile(path)


def _first_of(archive: zipfile.ZipFile, member: str) -> zipfile.ZipInfo:
    try:
        return archive.getinfo(member)
    except KeyError:
        raise UnreadableUpload(f"The ZIP file has no {as_shown(member)}") from None


def _unpacked(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bytes:
    if info.flag_bits & _ENCRYPTED_BIT or info.compress_type not in _METHODS:
        raise UnreadableUpload(f"{as_shown(info.filename)} is packed in a way that we don't read")
    with archive.open(info) as file:
        data = file.read(MAX_MEMBER_BYTES + 1)
    if len(data) > MAX_MEMBER_BYTES:
        raise UnreadableUpload(f"{as_shown(info.filename)} is larger than 5 MB")
    return data


def _entries(archive: zipfile.ZipFile) -> Iterator[ArchiveMember]:
    """Yield the files, numbered from 1; folders and system files are skipped."""
    infos = [info for info in archive.infolist() if not _is_skipped(info)]
    _check_limits(infos)
    for number, info in enumerate(infos, 1):
        name = PurePosixPath(info.filename.replace("\\", "/")).name
        stem, dot, extension = name.rpartition(".")
        is_named_image = bool(dot) and extension.lower() in IMAGE_EXTENSIONS
        problem = _problem(archive, info, is_named_image=is_named_image)
        yield ArchiveMember(number, info.filename, stem if is_named_image else name, problem)


def _is_skipped(info: zipfile.ZipInfo) -> bool:
    parts = [part for part in re.split(r"[/\\]", info.filename) if part not in ("", ".", "..")]
    return info.is_dir() or not parts or parts[0] == "__MACOSX" or parts[-1].startswith(".")


def _check_limits(infos: list[zipfile.ZipInfo]) -> None:
    if len(infos) > MAX_ENTRIES:
        raise UnreadableUpload(f"The ZIP holds {len(infos):,} files; {MAX_ENTRIES:,} are allowed")
    if any(info.flag_bits & _ENCRYPTED_BIT for info in infos):
        raise UnreadableUpload("The ZIP is encrypted; upload one without a password")
    n_bytes = sum(info.file_size for info in infos)
    n_packed = sum(info.compress_size for info in infos)
    if n_bytes > MAX_TOTAL_BYTES:
        raise UnreadableUpload(f"The ZIP unpacks to {n_bytes >> 20:,} MB; 2,048 MB are allowed")
    if n_bytes > max(RATIO_COUNTS_FROM_BYTES, MAX_RATIO * n_packed):
        raise UnreadableUpload("The ZIP unpacks to far more than images ever do")


def _problem(archive: zipfile.ZipFile, info: zipfile.ZipInfo, *, is_named_image: bool) -> str:
    if info.file_size > MAX_MEMBER_BYTES:
        return "The file is larger than 5 MB"
    if info.file_size == 0:
        return "The file is empty"
    if info.compress_type not in _METHODS:
        return "The file is packed in a way that we don't read"
    if is_named_image or _begins_like_an_image(archive, info):
        return ""
    return "The file is no image that we read"


def _begins_like_an_image(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Detect an image without an image extension by its first bytes."""
    try:
        with archive.open(info) as file:
            head = file.read(1024).lstrip()
    except _DAMAGED:
        return False
    return head.startswith(_IMAGE_STARTS) or any(mark in head for mark in _IMAGE_STARTS_LATER)


def _domain_of(entry: ArchiveMember) -> str | None:
    try:
        return normalise(entry.stem)
    except InputError:
        return None


def _count_by_domain(stats: IntakeStats, entries: list[ArchiveMember]) -> None:
    for entry in entries:
        if entry.problem:
            stats.reject(entry.row_number, entry.member, entry.problem)
            continue
        try:
            name = normalise(entry.stem)
        except InputError as error:
            reason = f"The file is named by no domain. {error}"
            stats.reject(entry.row_number, entry.member, reason)
        else:
            stats.accept(name, entry.row_number, entry.stem, entry.member)


def _count_by_path(stats: IntakeStats, entries: list[ArchiveMember]) -> None:
    names: dict[str, str] = {}
    used: dict[str, int] = {}
    for entry in entries:
        if entry.problem:
            stats.reject(entry.row_number, entry.member, entry.problem)
            continue
        if entry.member not in names:
            names[entry.member] = _unused(_slug(entry), used) + IMAGE_SUFFIX
        stats.accept(names[entry.member], entry.row_number, entry.member, entry.member)


def _slug(entry: ArchiveMember) -> str:
    """Return the entry's path as one label: ``shop/IMG_1.png`` -> ``shop-img-1``."""
    folder = entry.member[: entry.member.rfind(entry.stem)] if entry.stem else entry.member
    plain = unicodedata.normalize("NFKD", f"{folder} {entry.stem}").encode("ascii", "ignore")
    return _NOT_SLUG.sub("-", plain.decode().lower()).strip("-")[-40:].strip("-") or "image"


def _unused(slug: str, used: dict[str, int]) -> str:
    """Return ``slug`` first, then ``slug--2``, ``slug--3``; slugs contain no double hyphen."""
    used[slug] = used.get(slug, 0) + 1
    return slug if used[slug] == 1 else f"{slug}--{used[slug]}"
