"""Packed files, TAR archives and archives in archives -> a plain file or one flat ZIP in memory.

Member names are text, never paths; links and devices in TAR archives have no content.
"""

import bz2
import gzip
import lzma
import os
import tarfile
import zipfile
import zlib
from collections.abc import Callable, Iterator
from contextlib import suppress
from functools import lru_cache
from io import BytesIO
from pathlib import Path, PurePosixPath
from threading import Lock
from typing import IO, Any, BinaryIO, Final, Self

from clustering.pipeline.domains import Source, archive, encodings, opened
from clustering.pipeline.domains.names import as_shown
from clustering.pipeline.errors import UnreadableUpload

MAX_UNPACKED_BYTES: Final = 256 << 20  # of all files in it
MAX_PACKINGS: Final = 2  # such as a .csv.gz in a ZIP
MAX_NAME_CHARS: Final = 4096
DAMAGED: Final = (OSError, EOFError, zlib.error, lzma.LZMAError, zipfile.BadZipFile)
_BLOCK_BYTES: Final = 512  # of TAR
_USTAR: Final = slice(257, 262)
_ARCHIVE_ENDS: Final = (".zip", ".tar", ".tgz", ".tbz", ".tbz2", ".txz", ".tar.gz", ".tar.bz2",
                        ".tar.xz")  # fmt: skip
_README: Final = ("readme", "license", "licence", "notice", "about")
Unpacker = Callable[[BinaryIO], Any]
_UNPACKERS: Final[tuple[tuple[bytes, str, Unpacker], ...]] = (
    (b"\x1f\x8b", "gzip", gzip.open),
    (b"BZh", "bzip2", bz2.open),
    (b"\xfd7zXZ\0", "xz", lzma.open),
    (b"]\0\0", "LZMA", lzma.open),
)
_lock = Lock()


def unpacked(source: Source, n_unpacked: int = 0) -> tuple[Source, int]:
    """Return ``source`` without compression, an archive of others as one ZIP, and how many
    packings were undone.

    Raises:
        UnreadableUpload: if it is damaged, packed too often or exceeds the limits.
    """
    with opened(source) as file:
        head = file.read(_BLOCK_BYTES)
    if _is_tar(head):
        return unpacked(_of_tar(source), n_unpacked)
    packed = next((one for one in _UNPACKERS if head.startswith(one[0])), None)
    if packed is not None:
        check_packings(n_unpacked)
        return unpacked(_decompressed(source, packed[1], packed[2]), n_unpacked + 1)
    if head[:4] in archive.MAGICS and (merged := _merged(source, n_unpacked)):
        return unpacked(merged, n_unpacked + 1)
    return source, n_unpacked


def check_packings(n_unpacked: int) -> None:
    """Raise UnreadableUpload if another packing is one too many."""
    if n_unpacked >= MAX_PACKINGS:
        raise UnreadableUpload("The file is packed several times; unpack it, and upload the list")


def bounded(file: IO[bytes], n_before: int = 0) -> bytes:
    """Return the content of ``file``; ``n_before`` bytes were unpacked before it.

    Raises:
        UnreadableUpload: if it exceeds the limit.
    """
    data = file.read(MAX_UNPACKED_BYTES - n_before + 1)
    if len(data) > MAX_UNPACKED_BYTES - n_before:
        raise UnreadableUpload(
            f"The file unpacks to more than {MAX_UNPACKED_BYTES >> 20} MB; split it"
        )
    return data


def is_readme(name: str) -> bool:
    """Whether a file tells of the others in an archive."""
    return PurePosixPath(name).name.lower().startswith(_README)


def read_member(path: Path, member: str) -> bytes:
    """Return the bytes of an image in an archive; the last two archives are kept open.

    Raises:
        UnreadableUpload: if the member is missing, damaged, or too large.
    """
    try:
        state = path.stat()
        with _lock:  # threads must not unpack one archive several times
            images = _opened(path, state.st_size, state.st_mtime_ns, os.getpid())
        return archive.member_bytes(images, member)
    except archive.DAMAGED as error:
        raise UnreadableUpload("The archive is damaged or incomplete") from error


@lru_cache(maxsize=2)  # parsing a directory takes 4 ms per 1,000 entries
def _opened(path: Path, size: int, mtime_ns: int, pid: int) -> zipfile.ZipFile:
    """Open ``path``; keyed by state and process: forks must not share a file position."""
    plain = unpacked(path)[0]
    return zipfile.ZipFile(plain if isinstance(plain, Path) else BytesIO(plain))


def _decompressed(source: Source, title: str, unpacker: Unpacker) -> bytes:
    try:
        with opened(source) as raw, unpacker(raw) as file:
            return _of_tar(file) if _is_tar(file.peek(_BLOCK_BYTES)) else bounded(file)
    except DAMAGED as error:
        raise UnreadableUpload(f"The {title} file is damaged or incomplete") from error


def _is_tar(head: bytes) -> bool:
    """Whether ``head`` has the mark of a TAR archive, or the right checksum of an old one."""
    if head[_USTAR] == b"ustar":
        return True
    with suppress(tarfile.TarError):
        header = tarfile.TarInfo.frombuf(head[:_BLOCK_BYTES], "utf-8", "surrogateescape")
        return bool(header.name)
    return False


class _FlatZip:
    """A ZIP in memory that holds the files of other archives, stored as they are."""

    def __init__(self) -> None:
        self._file = BytesIO()
        self._zip = zipfile.ZipFile(self._file, "w")
        self._names: set[str] = set()
        self.n_bytes = 0

    def add(self, name: str, file: IO[bytes]) -> None:
        data = bounded(file, self.n_bytes)
        self.n_bytes += len(data)
        name = name[-MAX_NAME_CHARS:].removeprefix("./")
        if name in self._names:
            name = f"{len(self._names)}/{name}"
        self._names.add(name)
        if len(self._names) > archive.MAX_ENTRIES:
            raise UnreadableUpload(archive.too_many_files(len(self._names)))
        self._zip.writestr(zipfile.ZipInfo(name), data)

    def content(self) -> bytes:
        return self._file.getvalue()

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None:
        self._zip.close()


def _of_tar(source: Source | BinaryIO) -> bytes:
    """Return a TAR archive as a ZIP; links and devices become empty files, which are reported."""
    try:
        with (
            _FlatZip() as flat,
            opened(source) if isinstance(source, Path | bytes) else source as raw,
            tarfile.open(fileobj=raw, mode="r|") as tar,
        ):
            for member in _checked(tar):
                is_file = member.isreg() and not member.issparse()
                file = tar.extractfile(member) if is_file else None
                flat.add(_text(member.name), file or BytesIO())
    except (tarfile.TarError, *DAMAGED) as error:
        raise UnreadableUpload(
            "The file is a TAR archive that is damaged or incomplete; "
            "upload the list or a ZIP of images"
        ) from error
    return flat.content()


def _checked(tar: tarfile.TarFile) -> Iterator[tarfile.TarInfo]:
    """Yield all but the folders; sizes and number are checked before anything is skipped."""
    n_bytes = 0
    for n_members, member in enumerate(tar, 1):
        n_bytes += abs(member.size)
        if n_bytes > MAX_UNPACKED_BYTES or n_members > archive.MAX_ENTRIES:
            raise UnreadableUpload(
                f"The TAR archive has over {archive.MAX_ENTRIES:,} files or "
                f"{MAX_UNPACKED_BYTES >> 20} MB; split it, or upload a ZIP of images"
            )
        if not member.isdir():
            yield member


def _text(name: str) -> str:
    """Return a name that is not UTF-8 in its probable code page."""
    raw = name.encode("utf-8", "surrogateescape")
    try:
        return raw.decode()
    except UnicodeDecodeError:
        return raw.decode(encodings.guess(raw), "replace")


def _merged(source: Source, n_unpacked: int) -> bytes:
    """Return the files of the archives in a ZIP as one ZIP; nothing if it has other files."""
    with _FlatZip() as flat, opened(source) as file, zipfile.ZipFile(file) as outer:
        infos = [info for info in outer.infolist() if not archive.is_skipped(info)]
        inner = [info for info in infos if info.filename.lower().endswith(_ARCHIVE_ENDS)]
        if not inner or any(not is_readme(one.filename) for one in infos if one not in inner):
            return b""
        check_packings(n_unpacked)
        archive.check_limits(inner)
        for info in inner:
            with outer.open(info) as member:
                data, _ = unpacked(bounded(member, flat.n_bytes), n_unpacked + 1)
            folder = f"{_folder(info.filename)}/" if len(inner) > 1 else ""
            _add_all(flat, data, folder)
    return flat.content()


def _add_all(flat: _FlatZip, data: Source, folder: str) -> None:
    with opened(data) as file, zipfile.ZipFile(file) as inner:
        infos = [info for info in inner.infolist() if not archive.is_skipped(info)]
        archive.check_limits(infos)
        for info, path in zip(infos, archive.paths(infos), strict=True):
            with inner.open(info) as member:
                flat.add(folder + path, member)


def _folder(name: str) -> str:
    """Return the name of an archive without its ending."""
    shown = as_shown(name, MAX_NAME_CHARS)
    end = max(filter(shown.lower().endswith, _ARCHIVE_ENDS), key=len, default="")
    return shown[: len(shown) - len(end)]
