"""Reader for a ZIP of images named by domain or file name; member names are text, never paths."""

import re
import struct
import unicodedata
import zipfile
import zlib
from collections import Counter
from collections.abc import Iterator
from pathlib import PurePosixPath
from typing import Final, NamedTuple

from clustering.pipeline.domains import (
    N_PREVIEW_ROWS,
    Column,
    Source,
    UploadReading,
    encodings,
    opened,
)
from clustering.pipeline.domains.cells import domain_of
from clustering.pipeline.domains.intake_stats import IntakeStats
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.domains.suffixes import registered_word
from clustering.pipeline.errors import InputError, UnreadableUpload

MAGICS: Final = (b"PK\x03\x04", b"PK\x05\x06", b"PK\x07\x08")
MAX_ENTRIES: Final = 100_000
MAX_MEMBER_BYTES: Final = 5 << 20
MAX_TOTAL_BYTES: Final = 2 << 30
MAX_RATIO: Final = 100  # real logos, SVG included, stay below 10 in total
RATIO_COUNTS_FROM_BYTES: Final = 50 << 20
IMAGE_EXTENSIONS: Final = frozenset((
    "apng", "avif", "bmp", "cur", "eps", "gif", "heic", "heif", "icns", "ico", "img", "j2k",
    "jfif", "jp2", "jpe", "jpeg", "jpg", "jxl", "png", "psd", "svg", "svgz", "tif", "tiff", "webp",
))  # fmt: skip

_ENCRYPTED_BIT: Final = 0x1
_METHODS: Final = (zipfile.ZIP_STORED, zipfile.ZIP_DEFLATED)
_IMAGE_STARTS: Final = (b"\x89PNG", b"\xff\xd8\xff", b"GIF8", b"RIFF", b"BM", b"\0\0\1\0", b"<svg")
_TEXT_TOO: Final = (b"BM", b"RIFF")  # which a list may begin with
_IMAGE_STARTS_LATER: Final = (b"ftypavi", b"<svg")
DAMAGED: Final = (
    zipfile.BadZipFile,
    zlib.error,
    OSError,
    EOFError,
    NotImplementedError,
    UnicodeDecodeError,
)
MIN_UNDERSCORED: Final = 0.8
"""Share of files; others have ends such as ``logo_de`` that are languages."""
MIN_SITES: Final = 3  # with as many folders named by domains, a folder may hold several files
MAX_OF_A_SITE: Final = 10  # files in such a folder, on average
KEEP_FILE_NAMES: Final = "The images are not named by domain, so each keeps its file name"
MAX_NAME_CHARS: Final = 253  # of a domain's name in the database
_UTF8_BIT: Final = 0x800
_ESCAPED_LETTER: Final = re.compile(r"#U([0-9a-f]{4})(?![0-9a-f])")
_UNICODE_PATH: Final = 0x7075  # extra field of Info-ZIP
_SYSTEM_FOLDERS: Final = frozenset(("__macosx", "@eadir"))
_SYSTEM_FILES: Final = frozenset(("thumbs.db", "ehthumbs.db", "desktop.ini", "icon\r"))
_SCHEME_IN_NAME: Final = re.compile(r"^https?(?:_+|:+_*|-{2,}|%3A(?:%2F)*)", re.IGNORECASE)
_MARK_IN_NAME: Final = re.compile(
    r"^(?:(?:logo|icon|favicon|screenshot|https?)[-._]+|\d{3,14}-)", re.IGNORECASE
)
_SEPARATORS_IN_NAME: Final = re.compile(r"(?:[_\s()\[\]{}@~,+=]|%2F)+", re.IGNORECASE)
_AFTER_DOMAIN: Final = re.compile(
    r"(.+?\.[a-z]{2,})(?:-[^.]*|(?:\.(?:\d+(?:x\d+)?|logo|icon|favicon|min|orig(?:inal)?|small"
    r"|large|dark|light|white|black|bin|dat|html?|tmp|txt))+)",
    re.IGNORECASE,
)


class ArchiveMember(NamedTuple):
    """One file in the ZIP."""

    row_number: int
    member: str
    """The name by which zipfile finds it."""
    path: str
    """The same in its right encoding, as NFC."""
    problem: str
    """Why it is not a usable image; empty if it is."""
    domain: str = ""
    """The domain in the file name, or in that of a folder."""
    reason: str = ""
    """Why there is no domain in the file name."""


def read(source: Source) -> UploadReading:
    """Return the images in a ZIP by domain.

    If fewer than half of the images are named by a domain, each keeps its file name, with its
    folders where the name repeats.

    Raises:
        UnreadableUpload: if the file is damaged, encrypted or exceeds the limits.
    """
    try:
        with opened(source) as file, zipfile.ZipFile(file) as archive:
            entries = _with_domains(list(_entries(archive)))
    except DAMAGED as error:
        raise UnreadableUpload("The ZIP file is damaged or incomplete") from error
    usable = [entry for entry in entries if not entry.problem]
    score = sum(bool(entry.domain) for entry in usable) / max(1, len(usable))
    stats = IntakeStats()
    if score >= 0.5:
        _count_by_domain(stats, entries)
    else:
        _count_by_file_name(stats, entries)
    domains = tuple(stats.domains())
    return UploadReading(
        kind="images",
        file_type="zip",
        columns=(Column("file name", score),),
        column="file name",
        has_header=False,
        preview=tuple((as_shown(entry.path),) for entry in entries[:N_PREVIEW_ROWS]),
        n_rows=stats.n_rows,
        domains=domains,
        n_duplicates=stats.n_duplicates,
        rejected=tuple(stats.rejected()),
        notes=() if score >= 0.5 or not domains else (KEEP_FILE_NAMES,),
    )


def member_bytes(archive: zipfile.ZipFile, member: str) -> bytes:
    """Return the bytes of a member.

    Raises:
        UnreadableUpload: if it is missing, too large or packed in an unknown way.
    """
    try:
        info = archive.getinfo(member)
    except KeyError:
        raise UnreadableUpload(f"The archive has no {as_shown(member)}") from None
    if info.flag_bits & _ENCRYPTED_BIT or info.compress_type not in _METHODS:
        raise UnreadableUpload(f"{as_shown(info.filename)} is packed in a way that we don't read")
    with archive.open(info) as file:
        data = file.read(MAX_MEMBER_BYTES + 1)
    if len(data) > MAX_MEMBER_BYTES:
        raise UnreadableUpload(f"{as_shown(info.filename)} is larger than 5 MB")
    return data


def _entries(archive: zipfile.ZipFile) -> Iterator[ArchiveMember]:
    """Yield the files, numbered from 1; folders and system files are skipped."""
    infos = [info for info in archive.infolist() if not is_skipped(info)]
    check_limits(infos)
    names = paths(infos)
    for number, info in enumerate(infos, 1):
        problem = _problem(archive, info, is_named_image=_has_image_extension(info.filename))
        yield ArchiveMember(number, info.filename, names[number - 1], problem)


def is_skipped(info: zipfile.ZipInfo) -> bool:
    """Whether the entry is a folder or made by an operating system."""
    # In an unknown encoding a backslash may be half a letter.
    is_known = info.filename.isascii() or info.flag_bits & _UTF8_BIT
    split = re.split(r"[/\\]" if is_known else "/", info.filename)
    parts = [part for part in split if part not in ("", ".", "..")]
    if info.is_dir() or not parts or parts[-1].lower() in _SYSTEM_FILES:
        return True
    return parts[-1].startswith((".", "~$")) or any(
        part.startswith(".") or part.lower() in _SYSTEM_FOLDERS for part in parts[:-1]
    )


def is_image(archive: zipfile.ZipFile, info: zipfile.ZipInfo) -> bool:
    """Whether the entry has the extension or the first bytes of an image."""
    return _has_image_extension(info.filename) or _begins_like_an_image(archive, info)


def _has_image_extension(name: str) -> bool:
    _, dot, extension = name.rpartition(".")
    return bool(dot) and extension.lower() in IMAGE_EXTENSIONS


def paths(infos: list[zipfile.ZipInfo]) -> list[str]:
    """Return the names as NFC; zipfile reads those without the UTF-8 flag as CP437."""
    raw = [
        b"" if info.flag_bits & _UTF8_BIT or info.filename.isascii() else _raw(info.filename)
        for info in infos
    ]
    stems = (
        name.rpartition(b".")[0] if _has_image_extension(info.filename) else name
        for name, info in zip(raw, infos, strict=True)
    )  # endings would count as domains
    joined = b"\n".join(filter(None, stems))
    try:
        joined.decode("utf-8")
        codec = "utf-8"
    except UnicodeDecodeError:
        codec = encodings.guess(joined)
    return [
        unicodedata.normalize(
            "NFC",
            _unicode_path(info) or _unescaped(name.decode(codec, "replace") or info.filename),
        )
        for info, name in zip(infos, raw, strict=True)
    ]


def _unescaped(name: str) -> str:
    """Decode the letters that Info-ZIP writes as ``#U00fc`` where it cannot name a file so."""
    return _ESCAPED_LETTER.sub(lambda letter: chr(int(letter[1], 16)), name)


def _raw(name: str) -> bytes:
    try:
        return name.encode("cp437")
    except UnicodeEncodeError:  # the name is from an extra field
        return b""


def _unicode_path(info: zipfile.ZipInfo) -> str:
    """Return the name in Info-ZIP's extra field, if there is one."""
    extra = info.extra
    while len(extra) >= 4:
        kind, size = struct.unpack_from("<HH", extra)
        if kind == _UNICODE_PATH and 5 < size <= len(extra) - 4:
            return extra[9 : 4 + size].decode("utf-8", "replace")
        extra = extra[4 + size :]
    return ""


def check_limits(infos: list[zipfile.ZipInfo]) -> None:
    """Raise UnreadableUpload if the declared sizes exceed the limits, or a file is encrypted."""
    if len(infos) > MAX_ENTRIES:
        raise UnreadableUpload(too_many_files(len(infos)))
    if any(info.flag_bits & _ENCRYPTED_BIT for info in infos):
        raise UnreadableUpload("The ZIP is encrypted; upload one without a password")
    n_bytes = sum(info.file_size for info in infos)
    n_packed = sum(info.compress_size for info in infos)
    if n_bytes > MAX_TOTAL_BYTES:
        raise UnreadableUpload(f"The ZIP unpacks to {n_bytes >> 20:,} MB; 2,048 MB are allowed")
    if n_bytes > max(RATIO_COUNTS_FROM_BYTES, MAX_RATIO * n_packed):
        raise UnreadableUpload("The ZIP unpacks to far more than images ever do")


def too_many_files(n_files: int) -> str:
    """Say that an archive has too many files."""
    return f"The archive holds {n_files:,} files; {MAX_ENTRIES:,} are allowed"


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
    except DAMAGED:
        return False
    if head.startswith(_TEXT_TOO) and b"\0" not in head:
        return False
    return head.startswith(_IMAGE_STARTS) or any(mark in head for mark in _IMAGE_STARTS_LATER)


def _with_domains(entries: list[ArchiveMember]) -> list[ArchiveMember]:
    """Add the domains in the file names, else in the folders if most differ by folder."""
    stems = [_stem(entry) for entry in entries if not entry.problem]
    mark = _MARK_IN_NAME if all(map(_MARK_IN_NAME.match, stems)) else _SCHEME_IN_NAME
    if prefix := _prefix(stems):
        mark = re.compile(re.escape(prefix))
    named = [entry if entry.problem else _named(entry, mark) for entry in entries]
    folders = [_of_folders(entry) for entry in named if not entry.problem and not entry.domain]
    found = [folder for folder in folders if folder]
    if len(folders) == len(stems) and not found:
        return _with_underscored(named)
    is_by_site = len(set(found)) >= max(MIN_SITES, len(found) / MAX_OF_A_SITE)
    if not (is_by_site or 2 * len(set(found)) >= len(found)) or 2 * len(found) < len(folders):
        return named
    return [
        entry if entry.problem or entry.domain else entry._replace(domain=_of_folders(entry))
        for entry in named
    ]


def _prefix(stems: list[str]) -> str:
    """Return the domain of the source that all names begin with, as in ``api.x.com_a.de``."""
    starts = {stem.partition("_")[0] if "_" in stem else "" for stem in stems}
    start = starts.pop() if len(starts) == 1 < len(stems) else ""
    return f"{start}_" if "." in start else ""


def _with_underscored(entries: list[ArchiveMember]) -> list[ArchiveMember]:
    """Add the domains in names such as ``example_com``, if most files have one of their own."""
    named = [
        entry if entry.problem else entry._replace(domain=_domain(_dotted(entry)))
        for entry in entries
    ]
    words = {registered_word(entry.domain) for entry in named if entry.domain}
    n_usable = sum(not entry.problem for entry in entries)
    return named if 1 < len(words) >= MIN_UNDERSCORED * n_usable else entries


def _dotted(entry: ArchiveMember) -> str:
    """Return the stem without scheme and hash, with dots for underscores."""
    return _SCHEME_IN_NAME.sub("", _stem(entry)).partition("__")[0].replace("_", ".")


def _named(entry: ArchiveMember, mark: re.Pattern[str]) -> ArchiveMember:
    """Add the domain in the file name without ``mark`` at its start."""
    stem = mark.sub("", _stem(entry))
    try:
        return entry._replace(domain=domain_of(stem))
    except InputError as error:
        domain = next(filter(None, map(_domain, _within(stem))), "")
        return entry._replace(domain=domain, reason=str(error))


def _stem(entry: ArchiveMember) -> str:
    """Return the file name without folders and without its one or two image extensions."""
    name = PurePosixPath(entry.path.replace("\\", "/")).name
    while _has_image_extension(name):
        name = name.rpartition(".")[0]
    return name


def _within(stem: str) -> Iterator[str]:
    """Yield what may be the domain in ``https___x.ch_``, ``x.ch (1)`` or ``x.ch-2``."""
    for part in (stem, *_SEPARATORS_IN_NAME.split(stem)):
        yield part
        if match := _AFTER_DOMAIN.fullmatch(part):
            yield match[1]


def _of_folders(entry: ArchiveMember) -> str:
    folders = PurePosixPath(entry.path.replace("\\", "/")).parts[:-1]
    parts = (part for folder in reversed(folders) for part in _within(folder))
    return next(filter(None, map(_domain, parts)), "")


def _domain(text: str) -> str:
    try:
        return domain_of(text)
    except InputError:
        return ""


def _count_by_domain(stats: IntakeStats, entries: list[ArchiveMember]) -> None:
    for entry in entries:
        if entry.problem:
            stats.reject(entry.row_number, entry.path, entry.problem)
        elif entry.domain:
            stats.accept(entry.domain, entry.row_number, _stem(entry), entry.member)
        else:
            reason = f"The file is not named by a domain. {entry.reason}"
            stats.reject(entry.row_number, entry.path, reason)


def _count_by_file_name(stats: IntakeStats, entries: list[ArchiveMember]) -> None:
    usable = {entry.member: entry for entry in entries if not entry.problem}
    n_same = Counter(_file_name(entry).casefold() for entry in usable.values())
    names: dict[str, str] = {}
    taken: set[str] = set()
    for member, entry in usable.items():
        is_unique = n_same[_file_name(entry).casefold()] == 1
        path = entry.path.replace("\\", "/").replace("/", "_")  # the name is part of URLs
        names[member] = _free(_file_name(entry) if is_unique else path, taken)
    for entry in entries:
        if entry.problem:
            stats.reject(entry.row_number, entry.path, entry.problem)
        else:
            stats.accept(names[entry.member], entry.row_number, entry.path, entry.member)


def _file_name(entry: ArchiveMember) -> str:
    return PurePosixPath(entry.path.replace("\\", "/")).name


def _free(name: str, taken: set[str]) -> str:
    """Return the end of ``name`` that fits, with a number if it is taken."""
    shown = as_shown(name, len(name))[-MAX_NAME_CHARS:].strip() or "image"
    free, number = shown, 1
    while free in taken:
        number += 1
        free = f"{shown[: MAX_NAME_CHARS - 12]} ({number})"
    taken.add(free)
    return free
