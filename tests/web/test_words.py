"""Words read in logos on the pages, in answers of the API and in exports."""

import io
import json
import re

import pytest
from django.test import Client
from django.utils import timezone
from pyarrow import parquet

from clustering.api.items import OF_ITEM, items_of
from clustering.models import LabelSource, Logo, LogoWords, Run, User, WordReading
from clustering.pipeline.naming import reading
from clustering.selectors import export_rows, export_tables, picks, review_cards
from tests.factories import make_dataset, make_run
from tests.services.review.queued import make_queue
from tests.web.pets import World

pytestmark = pytest.mark.django_db


def say(logo: Logo, text: str, *, score: float = 0.9) -> None:
    LogoWords.objects.create(
        logo=logo,
        lines=[[line, score] for line in text.split("|")],
        text="".join(f" {word}" for word in reading.words_of(text)),
        name=text.split("|")[0],
        name_score=score,
        read_at=timezone.now(),
    )


def logo_of(world: World, name: str) -> Logo:
    return Logo.objects.get(assignments__domain=world.domain(name))


def hits(client: Client, text: str) -> list[str]:
    page = client.get("/d/pets/search/", {"q": text}).content.decode()
    return re.findall(r'aria-label="Select ([^"]+)"', page)


def test_the_search_finds_words_that_begin_so(owner: Client, world: World) -> None:
    WordReading.objects.create(dataset=world.run.dataset)
    say(logo_of(world, "lone-a.de"), "Nova Bank|since 1901")

    assert hits(owner, "BANK nov") == ["lone-a.de"]
    assert hits(owner, "1901") == ["lone-a.de"]
    assert hits(owner, "ank") == []
    assert hits(owner, "cat") == ["cat-a.de", "cat-b.de"]
    assert "“Nova Bank since 1901”" in owner.get("/d/pets/search/?q=nova").content.decode()


def test_all_hits_are_selected_and_shown_on_the_map(owner: Client, world: World) -> None:
    WordReading.objects.create(dataset=world.run.dataset)
    say(logo_of(world, "lone-a.de"), "Nova")

    assert picks.picked(world.run, ["s.nova"]).domain_ids == [world.domain("lone-a.de").pk]
    assert json.loads(owner.get("/d/pets/map/search.json?q=nova").content)["n"] == 1
    names = json.loads(owner.get("/d/pets/map/names.json").content)
    assert [word for word in names["words"] if word] == [" nova"]


def test_the_search_reads_no_words_where_nobody_asked_for_them(
    owner: Client, world: World
) -> None:
    say(logo_of(world, "lone-a.de"), "Nova")

    assert hits(owner, "nova") == []
    names = json.loads(owner.get("/d/pets/map/names.json").content)
    assert set(names["words"]) == {""}


def test_the_domain_shows_its_words(owner: Client, alice: User) -> None:
    dataset = make_dataset(User.objects.get(username="owner"))
    run = make_run(dataset, {"Nova": ["a.de", "b.de"]})
    say(run.assignments.earliest("pk").logo, "Nova & Co.|Bank")

    page = owner.get(f"/d/{dataset.slug}/domains/a.de/").content.decode()

    assert "Nova &amp; Co. Bank" in page
    assert "read in the logo" not in owner.get(f"/d/{dataset.slug}/domains/b.de/").content.decode()


def test_equal_words_tell_why(owner: Client, world: World) -> None:
    say(logo_of(world, "cat-b.de"), "NOVA Bank AG")
    say(logo_of(world, "dog-b.de"), "nova")
    address = "/d/pets/domains/cat-b.de/why/?second="

    assert "Both logos show “nova”" in owner.get(f"{address}dog-b.de").content.decode()
    assert "Both logos show" not in owner.get(f"{address}cat-a.de").content.decode()


def test_exports_hold_the_words(alice: User) -> None:
    run = make_run(make_dataset(alice), {"Nova": ["a.de", "b.de"]})
    say(run.assignments.get(domain__name="a.de").logo, "=Nova|Bank")

    full = json.loads(b"".join(export_rows.full_json(run)))
    rows = parquet.read_table(io.BytesIO(b"".join(export_tables.domains_parquet(run)))).to_pylist()
    sheet = b"".join(export_rows.domains_csv(run)).decode()

    assert [item["image"]["words"] for item in full["items"]] == ["=Nova Bank", ""]
    assert [row["logo_words"] for row in rows] == ["=Nova Bank", ""]
    assert '"\'=Nova Bank"' in sheet


@pytest.fixture
def run(alice: User) -> Run:
    return make_queue(alice)


def test_a_card_names_equal_words_as_a_reason_and_proposes_them(run: Run) -> None:
    item = run.review_items.filter(kind="group").first()
    assert item is not None
    card = review_cards.card(run, item)
    suggested = card.choices[0]
    say(card.logos[0].assignment.logo, "Zephyr Motors")
    say(suggested.exemplars[0], "ZEPHYR")

    told = review_cards.card(run, item)

    assert "same words in the logo" in told.choices[0].reasons
    assert "same words in the logo" not in card.choices[0].reasons


def test_a_new_cluster_of_unlike_domains_is_named_by_its_words(run: Run) -> None:
    item = run.review_items.filter(kind="group").first()
    assert item is not None
    logos = [one.assignment.logo for one in review_cards.card(run, item).logos]
    for number, subject in enumerate(item.subjects.order_by("pk")):
        name = ("umbra.de", "kestrel.fr", "zeta.it")[number]
        run.dataset.domains.filter(pk=subject.domain_id or 0).update(name=name)
    say(logos[0], "Blurred", score=0.3)
    assert review_cards.card(run, item).name == "Kestrel"

    say(logos[1], "Zephyr Motors")

    assert review_cards.card(run, item).name == "Zephyr Motors"


def test_the_api_tells_the_words(world: World) -> None:
    say(logo_of(world, "cat-a.de"), "Nova|Bank")
    rows = list(
        world.run.assignments.select_related(*OF_ITEM).filter(domain__name__startswith="cat")
    )

    items = items_of(world.run, rows, LabelSource.CORRECTED)

    assert {item.domain: item.words for item in items} == {"cat-a.de": "Nova Bank", "cat-b.de": ""}
