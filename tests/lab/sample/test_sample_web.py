import csv
from collections import Counter
from collections.abc import Iterator
from pathlib import Path

import pytest

from clustering.lab.sample.sites import sample_web
from clustering.management.commands.make_sample_web import FOLDER, labels, packed, uploaded
from clustering.pipeline.domains.reading import read_list
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.homepage import open_homepage
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.finders.page_result import inspect_page
from clustering.pipeline.finders.site import find_logo
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.recorded import RecordedWeb

pytestmark = pytest.mark.slow


def truth() -> list[dict[str, str]]:
    with (FOLDER / "labels.csv").open(encoding="utf-8") as file:
        return list(csv.DictReader(file))


@pytest.fixture(scope="module")
def web() -> RecordedWeb:
    return RecordedWeb(FOLDER / "web.zip")


@pytest.fixture(scope="module")
def decoder() -> Iterator[PageReaders]:
    with PageReaders(1) as decoder:
        yield decoder


def client_of(web: RecordedWeb) -> SafeClient:
    return SafeClient(ClientOptions("tests"), adapter=web)


def ends_as(web: RecordedWeb, domain: str) -> str:
    try:
        open_homepage(domain, client_of(web), inspect_page)
    except FetchError as error:
        return error.code
    return "page"


def test_the_generator_draws_the_same_sites_every_time() -> None:
    once, again = sample_web(), sample_web()

    assert packed(once) == packed(again)
    assert labels(once.truth) == (FOLDER / "labels.csv").read_text(encoding="utf-8")
    assert uploaded(once.truth) == (FOLDER / "domains.csv").read_text(encoding="utf-8")


def test_the_sample_stays_small() -> None:
    assert (FOLDER / "web.zip").stat().st_size < 5_000_000


def test_the_list_has_duplicates_and_rejected_rows() -> None:
    reading = read_list(FOLDER / "domains.csv", column=None)

    assert (reading.n_rows, len(reading.domains)) == (230, 216)
    assert (reading.n_duplicates, len(reading.rejected)) == (9, 5)
    assert {domain.name for domain in reading.domains} == {row["domain"] for row in truth()}


def test_every_site_that_works_has_a_page(web: RecordedWeb) -> None:
    ends = Counter(ends_as(web, row["domain"]) for row in truth() if row["kind"] != "bad")

    assert ends == {"page": 195}


def test_sites_fail_in_each_way(web: RecordedWeb) -> None:
    ends = {row["look"]: ends_as(web, row["domain"]) for row in truth() if row["kind"] == "bad"}

    assert ends == {
        "dns": "dns",
        "tls": "tls",
        "connect": "connect",
        "timeout": "timeout",
        "bad_response": "bad_response",
        "status_403": "http_403",
        "status_404": "http_404",
        "status_500": "http_5xx",
        "wall": "blocked",
        "parked": "parked",
        "redirects": "too_many_redirects",
        "large": "too_large",
        "no_logo": "page",
        "bad_image": "page",
        "broken_svg": "page",
        "globe": "page",
        "blank": "page",
        "spacer": "page",
    }


@pytest.mark.parametrize(
    ("domain", "kind", "finder"),
    [
        ("novaterra-sample.de", "logo", "img"),
        ("brightfold-sample.de", "icon_only", "icon"),
        ("brightfold-sample.fr", "logo", "inline_svg"),
    ],
)
def test_the_logo_of_a_site_is_found(
    web: RecordedWeb, decoder: PageReaders, domain: str, kind: str, finder: str
) -> None:
    logo = find_logo(domain, client_of(web), decoder.decode, decoder.inspect)

    assert (logo.kind, logo.captures[0].candidate.finder) == (kind, finder)


def test_broken_and_missing_logos_have_different_codes(
    web: RecordedWeb, decoder: PageReaders
) -> None:
    ends = {}
    for row in truth():
        if row["look"] in ("no_logo", "bad_image"):
            with pytest.raises(FetchError) as failure:
                find_logo(row["domain"], client_of(web), decoder.decode, decoder.inspect)
            ends[row["look"]] = failure.value.code

    assert ends == {"no_logo": "no_logo", "bad_image": "bad_image"}


def test_the_shipped_files_lie_beside_no_code() -> None:
    assert {path.suffix for path in Path(FOLDER).iterdir()} == {".csv", ".zip"}
