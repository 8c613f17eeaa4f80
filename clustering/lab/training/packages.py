"""npm packages: fetched into a cache by the ``npm`` command, read without unpacking."""

import json
import re
import subprocess
import tarfile
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from clustering.pipeline.errors import InputError

MAX_MEMBER_BYTES: Final = 32 << 20  # the largest icons.json has 10 MB
FETCH_SECONDS: Final = 600
_NAME: Final = re.compile(r"(@[a-z0-9-]+/)?[a-z0-9][a-z0-9._-]*")
_VERSION: Final = re.compile(r"\d+\.\d+\.\d+")


@dataclass(frozen=True)
class Package:
    """One pinned version of an npm package."""

    name: str
    version: str

    def __post_init__(self) -> None:
        if not _NAME.fullmatch(self.name) or not _VERSION.fullmatch(self.version):
            raise InputError(f"{self.name}@{self.version} is not a pinned npm package")

    @property
    def file_name(self) -> str:
        """What ``npm pack`` calls the tarball."""
        return f"{self.name.removeprefix('@').replace('/', '-')}-{self.version}.tgz"


def fetch(package: Package, cache: Path) -> Path:
    """Return the package's tarball, from ``cache`` or by ``npm pack`` into it.

    npm uses its configured registry and checks the tarball's digest.

    Raises:
        InputError: if npm is missing, cannot reach the registry, or knows no such version.
    """
    target = cache / package.file_name
    if target.is_file():
        return target
    cache.mkdir(parents=True, exist_ok=True)
    command = ["npm", "pack", "--silent", "--ignore-scripts", f"{package.name}@{package.version}"]
    try:
        subprocess.run(  # noqa: S603  # the name is checked above
            command, cwd=cache, check=True, capture_output=True, timeout=FETCH_SECONDS
        )
    except (OSError, subprocess.SubprocessError) as error:
        raise InputError(f"npm cannot fetch {package.name}@{package.version}: {error}") from error
    return target


def members(tarball: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the path, without the leading ``package/``, and the bytes of each plain file.

    Raises:
        InputError: if the tarball is damaged or a member is too large.
    """
    try:
        with tarfile.open(tarball, "r:gz") as archive:
            for member in archive:
                if member.isfile():
                    yield member.name.partition("/")[2], _read(archive, member)
    except (tarfile.TarError, EOFError, OSError) as error:
        raise InputError(f"{tarball.name} is not an npm tarball: {error}") from error


def _read(archive: tarfile.TarFile, member: tarfile.TarInfo) -> bytes:
    if member.size > MAX_MEMBER_BYTES:
        raise InputError(f"{member.name} has {member.size} bytes")
    file = archive.extractfile(member)
    return file.read() if file else b""


def svgs(tarball: Path) -> Iterator[tuple[str, bytes]]:
    """Yield the name and the source of each SVG of a package.

    Iconify's packages hold one ``icons.json`` of SVG bodies by icon name; in other packages the
    name is the file's path.
    """
    for path, data in members(tarball):
        if path == "icons.json":
            yield from _iconify(data)
        elif path.endswith(".svg"):
            yield path, data


def _iconify(data: bytes) -> Iterator[tuple[str, bytes]]:
    document = json.loads(data)
    for name, icon in document["icons"].items():
        width = icon.get("width", document.get("width", 16))
        height = icon.get("height", document.get("height", 16))
        view = f"{icon.get('left', 0)} {icon.get('top', 0)} {width} {height}"
        head = f'<svg xmlns="http://www.w3.org/2000/svg" viewBox="{view}"'
        links = ' xmlns:xlink="http://www.w3.org/1999/xlink"'
        yield name, f"{head}{links}>{icon['body']}</svg>".encode()
