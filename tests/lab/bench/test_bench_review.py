"""Reviews in a browser; their figures are not tested."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from tests.pictures import as_jpeg, as_png, drawn, write_zip

pytestmark = [pytest.mark.slow, pytest.mark.browser]
LABELS = """domain,brand,kind
acme.de,acme,gold
acme.fr,acme,gold
acme.it,acme,gold
acme-shop.de,acme,gold
nova-one.it,nova,gold
nova-two.it,nova,gold
lone.org,lone,singleton
"""


@pytest.fixture
def files(tmp_path: Path) -> list[str]:
    """A cluster and its outlier, two outliers of one brand, and a single one."""
    logos = {
        "acme.de.png": as_png(drawn("ring")),
        "acme.fr.jpg": as_jpeg(drawn("ring")),
        "acme.it.png": as_png(drawn("ring", side=180)),
        "acme-shop.de.png": as_png(drawn("stairs", "#1040a0")),
        "nova-one.it.png": as_png(drawn("bars", "#107030")),
        "nova-two.it.png": as_png(drawn("frame", "#202020")),
        "lone.org.png": as_png(drawn("cross", "#602080")),
    }
    labels = tmp_path / "labels.csv"
    labels.write_text(LABELS)
    return [str(write_zip(tmp_path / "logos.zip", logos)), str(labels)]


@pytest.mark.parametrize(
    ("browser", "told"),
    [
        ("keys", ["outliers                 4", "key to next card"]),
        ("map", ["outliers                 4, 3 of them decided about", "actions"]),
    ],
)
def test_a_reviewer_in_a_browser_puts_each_logo_where_it_belongs(
    chromium: str,
    files: list[str],
    browser: str,
    told: list[str],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("CHROMIUM", chromium)
    out = StringIO()

    call_command("bench_review", *files, browser=browser, stdout=out)

    assert all(text in out.getvalue() for text in told), out.getvalue()
    assert out.getvalue().rstrip().endswith("-> 1.0000")


def test_a_missing_file_is_named(chromium: str, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("CHROMIUM", chromium)

    with pytest.raises(CommandError, match=r"no file nowhere\.zip"):
        call_command("bench_review", "nowhere.zip", "labels.csv", browser="keys")
