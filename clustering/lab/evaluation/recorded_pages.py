"""Reads labelled pages, with the files that were recorded beside them."""

import gzip
import http
import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final
from urllib.parse import urljoin, urlsplit

from clustering.lab.evaluation.drawn_files import DrawnFiles
from clustering.lab.evaluation.finder_truth import PageTruth, plain_address, read_truth
from clustering.lab.evaluation.home_pages import ICON, HomePage
from clustering.pipeline.bulk.web_archives import Archive
from clustering.pipeline.errors import FetchError, InputError
from clustering.pipeline.web import Response

PAGE: Final = "page.html.gz"
ARCHIVES: Final = ("page.warc.gz", "page.warc")
FILES: Final = "files"
DRAWING: Final = "d:"
MAX_FILE_BYTES: Final = 20 << 20


@dataclass(frozen=True)
class RecordedPage:
    """One page and its truth."""

    site: str
    truth: PageTruth
    body: bytes
    files: Mapping[str, bytes] | None = None
    """Bodies by address without scheme; None where no files were recorded."""


class RecordedFiles:
    """A client that answers from recorded files."""

    def __init__(self, files: Mapping[str, bytes]) -> None:
        self._files = files

    def get(self, url: str, *, max_bytes: int, max_error_bytes: int = 0) -> Response:
        """Return the recorded file of ``url``.

        Raises:
            FetchError: ``http_404``, ``too_large``.
        """
        body = self._files.get(plain_address(url))
        if body is None:
            raise FetchError("http_404", f"{url[:200]} was not recorded")
        if len(body) > max(max_bytes, max_error_bytes):
            raise FetchError("too_large", f"more than {max_bytes} bytes")
        return Response(url, 200, {}, body)

    def keep_cookies(self, url: str, headers: Sequence[str]) -> None:
        """Do nothing: recorded files do not depend on cookies."""

    def cookies_for(self, _url: str) -> str:
        """Return no cookies."""
        return ""

    def close(self) -> None:
        """Do nothing."""


class ArchivedFiles(Mapping[str, bytes]):
    """Bodies of the responses in a WARC file, by address without scheme."""

    def __init__(self, path: Path) -> None:
        self._archive = Archive(str(path))

    def __getitem__(self, address: str) -> bytes:
        found = self._archive.response(f"https://{address}")
        if found is None or found.status != http.HTTPStatus.OK:
            raise KeyError(address)
        return found.read(MAX_FILE_BYTES)

    def __iter__(self) -> Iterator[str]:
        return iter(self._archive.domains())

    def __len__(self) -> int:
        return len(self._archive.domains())


def recorded_pages(folder: Path) -> list[RecordedPage]:
    """Return the labelled pages of ``folder``.

    These are ``SITE/truth.json`` beside ``page.html.gz`` or ``page.warc.gz``, with further files
    in ``SITE/files/HOST/PATH``, and pairs of ``NAME.html`` and ``NAME.json`` with ``url`` and
    ``right``.

    Raises:
        InputError: if there is no page or one cannot be read.
    """
    found = [*_of_folders(folder), *_of_pairs(folder)]
    if not found:
        raise InputError(
            f"{folder} holds no */{PAGE} beside truth.json, and no *.html with *.json"
        )
    return found


def made_pages(pages: Sequence[HomePage]) -> list[RecordedPage]:
    """Return the generated home pages, with their files."""
    return [
        RecordedPage(
            one.name,
            _truth_of_answers(one.url, one.right, is_icon=one.right == (ICON,)),
            one.html.encode(),
            DrawnFiles(one.url, one.files),
        )
        for one in pages
    ]


def _of_folders(folder: Path) -> Iterator[RecordedPage]:
    for file in sorted(folder.glob("*/truth.json")):
        try:
            truth = read_truth(json.loads(file.read_bytes()))
            archives = [file.with_name(name) for name in ARCHIVES]
            archive = next((one for one in archives if one.exists()), None)
            files: Mapping[str, bytes] | None = _files_beside(file.with_name(FILES))
            if archive is not None:
                files = ArchivedFiles(archive)
                body = files[plain_address(truth.url)]
            else:
                body = gzip.decompress(file.with_name(PAGE).read_bytes())
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file.parent} cannot be read: {error}") from error
        yield RecordedPage(file.parent.name, truth, body, files)


def _files_beside(folder: Path) -> dict[str, bytes] | None:
    if not folder.is_dir():
        return None
    files = (file for file in folder.rglob("*") if file.is_file())
    return {str(file.relative_to(folder)): file.read_bytes() for file in files}


def _of_pairs(folder: Path) -> Iterator[RecordedPage]:
    for file in sorted(folder.glob("*.html")):
        try:
            told: dict[str, Any] = json.loads(file.with_suffix(".json").read_bytes())
            url, right = str(told["url"]), str(told["right"])
            body = file.read_bytes()
        except (OSError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file} cannot be read: {error}") from error
        answers = (DRAWING,) if right == "svg" else (right,)
        is_icon = "touch-icon" in right or "favicon" in right
        yield RecordedPage(file.stem, _truth_of_answers(url, answers, is_icon=is_icon), body)


def _truth_of_answers(url: str, right: Sequence[str], *, is_icon: bool) -> PageTruth:
    """Return the truth of a page whose only acceptable answers are ``right``.

    ``d:`` with the start of SVG path data names an inline SVG; ``d:`` alone allows any.
    """
    drawings = [one.removeprefix(DRAWING) or "<svg" for one in right if one.startswith(DRAWING)]
    addresses = frozenset(
        plain_address(urljoin(url, one)) for one in right if not one.startswith(DRAWING)
    )
    home = urlsplit(url)
    own_icons = {f"{home.hostname}{path}" for path in (ICON, "/favicon.ico")}
    return PageTruth(
        url=url,
        logos=frozenset() if is_icon else addresses,
        icons=addresses if is_icon else frozenset(own_icons),
        drawings=((*drawings,),) if drawings else (),
        has_logo=not is_icon,
    )
