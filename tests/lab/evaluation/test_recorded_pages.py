"""Labelled pages are read with their files, and every generated home page is answered rightly."""

import gzip
import io
import json
from pathlib import Path

import pytest
from PIL import Image

from clustering.lab.evaluation.finders import measure
from clustering.lab.evaluation.home_pages.catalogue import HOME_PAGES
from clustering.lab.evaluation.recorded_pages import made_pages, recorded_pages
from clustering.pipeline.errors import InputError

HOME = "https://otterbrook.com/"
TRUTH = {
    "url": HOME,
    "logo": [f"{HOME}l.png"],
    "logo_svg": [],
    "icon": [f"{HOME}i.png"],
    "favicon_default": f"{HOME}favicon.ico",
    "has_logo": True,
}
PAGE = '<header><a class="logo" href="/"></a></header><link rel=stylesheet href=/s.css>'
SHEET = ".logo{background:url(l.png)}"


def _png() -> bytes:
    file = io.BytesIO()
    picture = Image.new("RGB", (90, 30), "white")
    picture.paste("navy", (5, 5, 40, 25))
    picture.save(file, "PNG")
    return file.getvalue()


def _record(url: str, body: bytes, kind: str) -> bytes:
    answer = b"HTTP/1.1 200 OK\r\nContent-Type: " + kind.encode() + b"\r\n\r\n" + body
    head = f"WARC/1.0\r\nWARC-Type: response\r\nWARC-Target-URI: {url}\r\n"
    head += f"Content-Type: application/http; msgtype=response\r\nContent-Length: {len(answer)}"
    return head.encode() + b"\r\n\r\n" + answer + b"\r\n\r\n"


@pytest.mark.slow
def test_generated_home_pages_are_answered_rightly() -> None:
    answers = measure(made_pages(HOME_PAGES))

    assert len(answers) >= 120
    assert [(one.site, one.source_url[:90]) for one in answers if not one.is_strict] == []


def test_logo_of_a_recorded_sheet_counts(tmp_path: Path) -> None:
    site = tmp_path / "otterbrook.com"
    files = site / "files" / "otterbrook.com"
    files.mkdir(parents=True)
    (site / "truth.json").write_text(json.dumps(TRUTH))
    (site / "page.html.gz").write_bytes(gzip.compress(PAGE.encode()))
    (files / "s.css").write_text(SHEET)
    (files / "l.png").write_bytes(_png())

    (answer,) = measure(recorded_pages(tmp_path))

    assert (answer.verdict, answer.finder) == ("logo", "style")


def test_page_and_files_of_a_web_archive(tmp_path: Path) -> None:
    pytest.importorskip("fastwarc")
    site = tmp_path / "otterbrook.com"
    site.mkdir()
    (site / "truth.json").write_text(json.dumps(TRUTH))
    records = [
        _record(HOME, PAGE.encode(), "text/html"),
        _record(f"{HOME}s.css", SHEET.encode(), "text/css"),
        _record(f"{HOME}l.png", _png(), "image/png"),
    ]
    (site / "page.warc.gz").write_bytes(b"".join(gzip.compress(one) for one in records))

    (answer,) = measure(recorded_pages(tmp_path))

    assert (answer.verdict, answer.finder) == ("logo", "style")


def test_a_picture_that_is_missing_is_not_chosen(tmp_path: Path) -> None:
    site = tmp_path / "otterbrook.com"
    (site / "files" / "otterbrook.com").mkdir(parents=True)
    (site / "files" / "otterbrook.com" / "i.png").write_bytes(_png())
    (site / "truth.json").write_text(json.dumps(TRUTH))
    page = '<a href="/"><img class="logo" src="/l.png"></a><link rel=icon href=/i.png>'
    (site / "page.html.gz").write_bytes(gzip.compress(page.encode()))

    (answer,) = measure(recorded_pages(tmp_path))

    assert answer.verdict == "icon"


def test_pairs_of_page_and_answer(tmp_path: Path) -> None:
    (tmp_path / "drawn.html").write_text(
        '<header><a href="/"><svg viewBox="0 0 90 30"><path d="M1 2h3v9z"/></svg></a></header>'
    )
    (tmp_path / "drawn.json").write_text(json.dumps({"url": HOME, "right": "svg"}))

    (answer,) = measure(recorded_pages(tmp_path))

    assert answer.is_strict


def test_a_damaged_answer_is_an_error(tmp_path: Path) -> None:
    (tmp_path / "page.html").write_text("")

    with pytest.raises(InputError, match="cannot be read"):
        recorded_pages(tmp_path)
