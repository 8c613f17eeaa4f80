"""The judge of the finders agrees with its rules, and the command prints its figures."""

import gzip
import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clustering.lab.evaluation.finder_ablation import ABLATIONS, changed
from clustering.lab.evaluation.finder_truth import PageTruth, judge, plain_address
from clustering.lab.evaluation.finders import wilson
from clustering.pipeline.finders import LogoCandidate
from tests.pipeline.finders.pages import URL, addresses

PAGE = '<header><a href="/"><img class="logo" src="{}"></a></header><link rel=icon href=/i.png>'
TRUTH = {
    "url": "http://otterbrook.com/",
    "logo": ["http://otterbrook.com/l.png"],
    "logo_svg": [],
    "icon": ["http://otterbrook.com/i.png"],
    "favicon_default": "http://otterbrook.com/favicon.ico",
    "has_logo": True,
}


def _write(folder: Path, site: str, html: str, truth: dict[str, object]) -> None:
    (folder / site).mkdir()
    (folder / site / "page.html.gz").write_bytes(gzip.compress(html.encode()))
    (folder / site / "truth.json").write_text(json.dumps(truth))


@pytest.mark.parametrize(
    "same",
    [
        "https://otterbrook.com/a/my%20logo.png?v=1&w=2",
        "http://otterbrook.com:80/a//my logo.png?v=1&amp;w=2",
        "//OTTERBROOK.com/a/my%20logo.png?v=1&w=2",
    ],
)
def test_addresses_are_compared_in_normal_form(same: str) -> None:
    assert plain_address(same) == "otterbrook.com/a/my logo.png?v=1&w=2"


def test_drawing_is_identified_by_its_paths() -> None:
    truth = PageTruth("", frozenset(), frozenset(), (("M1 2h3",),), has_logo=True)

    right = LogoCandidate("inline_svg", "inline:0", data=b'<svg><path d="M1 2h3v4"/></svg>')
    other = LogoCandidate("inline_svg", "inline:1", data=b'<svg><path d="M9"/></svg>')
    assert [judge(right, truth), judge(other, truth)] == ["logo", "wrong"]


def test_the_command_counts_right_lenient_and_wrong(tmp_path: Path) -> None:
    _write(tmp_path, "right.com", PAGE.format("/l.png"), TRUTH)
    _write(tmp_path, "wrong.com", PAGE.format("/other.png"), TRUTH)
    _write(tmp_path, "icon.com", "<link rel=icon href=/i.png>", TRUTH)
    _write(tmp_path, "bare.com", "", {**TRUTH, "logo": [], "has_logo": False})
    out = StringIO()

    call_command("evaluate_finders", str(tmp_path), "--json", stdout=out)

    figures = json.loads(out.getvalue())
    assert (figures["n"], figures["strict"], figures["lenient"]) == (4, 0.5, 0.75)
    assert (figures["wrong"], figures["n_above"], figures["right_above"]) == (0.25, 2, 0.5)
    assert (figures["n_below"], figures["right_below"]) == (2, 0.5)


def test_the_command_names_the_pages_that_it_got_wrong(tmp_path: Path) -> None:
    _write(tmp_path, "wrong.com", PAGE.format("/other.png"), TRUTH)
    out = StringIO()

    call_command("evaluate_finders", str(tmp_path), stdout=out)

    first = out.getvalue().splitlines()[0]
    assert first == "wrong.com: wrong, 88 points, img http://otterbrook.com/other.png"


def test_a_folder_without_pages_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="holds no"):
        call_command("evaluate_finders", str(tmp_path))


def test_command_prints_ablations(tmp_path: Path) -> None:
    _write(tmp_path, "right.com", PAGE.format("/l.png"), TRUTH)
    out = StringIO()

    call_command("evaluate_finders", str(tmp_path), "--ablate", stdout=out)

    lines = out.getvalue().splitlines()
    assert len(lines) == len(ABLATIONS) + 2
    assert lines[1].split() == ["as", "they", "are", "100.0", "0.0", "1", "of", "1"]


@pytest.mark.parametrize("name", [name for name in ABLATIONS if name.startswith("with ")])
def test_inserted_logo_is_never_chosen(name: str) -> None:
    icon = '<title>Otterbrook</title><link rel="icon" href="/icon.png">'
    planted = changed(URL, icon, ABLATIONS[name])

    everything = addresses(planted)
    assert everything[0] == "icon.png"
    assert len(everything) > len(addresses(icon))


@pytest.mark.parametrize("name", [name for name in ABLATIONS if name.startswith("without ")])
def test_removed_hint_is_gone(name: str) -> None:
    html = (
        '<header class="header"><a href="/" class="c"><img class="logo" alt="Otterbrook" '
        'src="/l.png"></a></header><meta property="og:logo" content="/m.png">'
    )

    assert changed(URL, html, ABLATIONS[name]) != changed(URL, html, lambda _: None)


@pytest.mark.parametrize(
    ("share", "n", "expected"),
    [(1.0, 10, (0.722, 1.0)), (0.5, 100, (0.404, 0.596)), (0.0, 0, (0.0, 1.0))],
)
def test_wilson_interval(share: float, n: int, expected: tuple[float, float]) -> None:
    assert wilson(share, n) == pytest.approx(expected, abs=0.001)
