"""The review queue on the page: cards, keys and decisions."""

import re
from uuid import uuid4

import pytest
from django.test import Client
from pytest_django import DjangoAssertNumQueries

from clustering.models import Membership, ReviewItem, Run, User
from clustering.selectors.review_cards import card
from clustering.selectors.sure_suggestions import sure_items
from clustering.services.curation import edits
from clustering.services.quality.measure import ask_about_members
from tests.services.review.queued import SITES, asked, item_about, make_queue, make_shared, suggest

pytestmark = pytest.mark.django_db
HTMX = {"HX-Request": "true"}


@pytest.fixture
def run(alice: User) -> Run:
    return make_queue(alice)


def url(run: Run, path: str = "") -> str:
    return f"/d/{run.dataset.slug}/review/{path}"


def ids(run: Run, *names: str) -> list[int]:
    return list(run.dataset.domains.filter(name__in=names).values_list("pk", flat=True))


def decide(client: Client, run: Run, item: ReviewItem, **fields: object) -> str:
    """Press a button; return the next card."""
    subjects = item.subjects.filter(domain__isnull=False)
    ticked = {"domain": list(subjects.values_list("domain_id", flat=True))}
    form = {"item": item.pk} | ticked | fields
    return client.post(url(run, "decide/"), form, headers=HTMX).content.decode()


def held(run: Run, name: str) -> str | None:
    cluster_id = run.assignments.get(domain__name=name).corrected_cluster_id
    return run.clusters.get(pk=cluster_id).name if cluster_id else None


def test_the_page_says_what_is_left_and_shows_the_first_card(
    alice_client: Client, run: Run
) -> None:
    page = alice_client.get(url(run)).content.decode()

    left = re.search(r'class="queue-left".*?</p>', page, re.DOTALL)
    assert left is not None
    words = " ".join(re.sub("<.*?>", " ", left[0]).split())
    assert "2 groups" in words
    assert "1 brand in several clusters" in words
    assert "1 single" in words
    assert "minute" in words
    assert "Are these one brand?" in page
    assert "Mazda 2" in page
    assert 'data-key="m"' in page


def test_a_key_moves_the_ticked_logos_and_brings_the_next_card(
    alice_client: Client, run: Run
) -> None:
    """Request 4: a key accepts a suggestion."""
    item, kia = item_about(run, "kia-one.de"), run.clusters.get(name="Kia")
    choice = f"1:{kia.uid}"

    one = ids(run, "kia-one.de")
    answer = decide(alice_client, run, item, choice=choice, domain=one)
    assert (held(run, "kia-one.de"), held(run, "kia-two.de")) == ("Kia", None)
    assert "kia-two.de" in answer

    answer = decide(alice_client, run, item, choice=choice)
    assert held(run, "kia-two.de") == "Kia"
    assert "nova-one.it" in answer
    item.refresh_from_db()
    assert (item.answer, item.n_open) == ("1", 0)


def test_a_new_cluster_is_proposed_by_the_shared_word(alice_client: Client, run: Run) -> None:
    item = item_about(run, "nova-one.it")
    page = alice_client.get(url(run), {"item": item.pk}).content.decode()
    assert 'value="Nova"' in page

    decide(alice_client, run, item, verb="new", name="Nova")

    assert (held(run, "nova-one.it"), held(run, "nova-two.it")) == ("Nova", "Nova")


@pytest.mark.parametrize(("verb", "answer"), [("out", "out"), ("ignore", "ignored"), ("skip", "")])
def test_an_outlier_is_kept_ignored_or_skipped(
    alice_client: Client, run: Run, verb: str, answer: str
) -> None:
    item = item_about(run, "lone.de")

    decide(alice_client, run, item, verb=verb)

    item.refresh_from_db()
    assert item.answer == answer
    assert ("single", ["lone.de"]) not in asked(run)
    assert run.assignments.reviewed().count() == (0 if verb == "skip" else 1)
    assert run.assignments.filter(is_ignored=True).count() == (1 if verb == "ignore" else 0)


def test_ticked_clusters_become_one(alice_client: Client, run: Run) -> None:
    item = run.review_items.get(kind=ReviewItem.Kind.FRAGMENTS)
    uids = [str(cluster.uid) for cluster in run.clusters.filter(name__startswith="Mazda")]

    decide(alice_client, run, item, verb="merge", cluster=uids)

    assert held(run, "mazda-e.de") == "Mazda"


def test_undo_brings_back_the_card(alice_client: Client, run: Run) -> None:
    item = item_about(run, "lone.de")
    decide(alice_client, run, item, verb="out")

    answer = alice_client.post(url(run, "undo/"), headers=HTMX).content.decode()

    assert "Logo of lone.de" in answer
    assert held(run, "lone.de") is None
    assert run.assignments.reviewed().count() == 0


@pytest.mark.parametrize("verb", ["undo", "redo", "skipped", "again"])
def test_the_card_after_each_button_of_the_queue_can_be_answered(
    alice_client: Client, run: Run, verb: str
) -> None:
    form = {"client_id": str(uuid4())}
    answer = alice_client.post(url(run, f"{verb}/"), form, headers=HTMX)

    page = answer.content.decode()
    assert 'id="queue-card"' in page
    assert 'value="skip"' in page


def test_nothing_ticked_changes_nothing_and_says_so(alice_client: Client, run: Run) -> None:
    item = item_about(run, "kia-one.de")

    answer = decide(alice_client, run, item, verb="out", domain=[])

    assert "Tick a logo first" in answer
    assert run.assignments.reviewed().count() == 0


def test_a_domain_of_another_item_is_not_moved(alice_client: Client, run: Run) -> None:
    item = item_about(run, "lone.de")

    decide(alice_client, run, item, verb="out", domain=ids(run, "lone.de", "kia-one.de"))

    assert list(run.assignments.reviewed().values_list("domain__name", flat=True)) == ["lone.de"]


def test_the_end_of_the_queue_says_so(alice_client: Client, run: Run) -> None:
    run.review_items.exclude(pk=item_about(run, "lone.de").pk).update(n_open=0)

    answer = decide(alice_client, run, item_about(run, "lone.de"), verb="out")

    assert "Everything is decided" in answer


def test_an_outdated_card_is_refused(alice_client: Client, run: Run) -> None:
    item = item_about(run, "lone.de")
    decide(alice_client, run, item, verb="out", seen=0)
    kia = run.clusters.get(name="Kia")

    answer = decide(alice_client, run, item, choice=f"1:{kia.uid}", seen=0)

    assert "was changed by alice" in answer
    assert held(run, "lone.de") is None


def test_a_viewer_sees_the_queue_and_decides_nothing(
    bob: User, bob_client: Client, run: Run
) -> None:
    Membership.objects.create(dataset=run.dataset, user=bob, role=Membership.Role.VIEWER)
    item = item_about(run, "lone.de")

    assert bob_client.get(url(run)).status_code == 200
    form = {"item": item.pk, "verb": "out", "domain": ids(run, "lone.de")}
    assert bob_client.post(url(run, "decide/"), form).status_code == 403
    assert run.assignments.reviewed().count() == 0


def test_strangers_find_no_queue(bob_client: Client, run: Run) -> None:
    assert bob_client.get(url(run)).status_code == 404
    for path in ("decide/", "undo/", "redo/", "skipped/", "again/"):
        assert bob_client.post(url(run, path), {"item": 1}).status_code == 404


def test_a_decision_costs_the_same_queries_for_any_group(
    alice_client: Client, run: Run, django_assert_max_num_queries: DjangoAssertNumQueries
) -> None:
    item = item_about(run, "kia-one.de")

    with django_assert_max_num_queries(75):
        decide(alice_client, run, item, verb="out")


def test_a_doubtful_member_is_kept_by_the_first_answer(alice_client: Client, run: Run) -> None:
    logo = run.assignments.get(domain__name="kia.fr").logo_id
    ask_about_members(run, [{"logo": logo, "why": "far", "score": 0.4}])
    item, kia = item_about(run, "kia.fr"), run.clusters.get(name="Kia")
    page = alice_client.get(url(run), {"item": item.pk}).content.decode()
    assert "Is it in the right cluster?" in page

    decide(alice_client, run, item, verb="keep", own=kia.uid)

    assert held(run, "kia.fr") == "Kia"
    assert run.assignments.reviewed().count() == 1


def test_likely_suggestions_are_accepted_at_once_without_the_unticked(
    alice_client: Client, run: Run
) -> None:
    both, kia = ("nova-one.it", "lone.de"), run.clusters.get(name="Kia")
    keys = {name: f"{suggest(run, name, kia, probability=0.99).pk}:{kia.uid}" for name in both}
    page = alice_client.get(url(run, "sure/")).content.decode()
    assert all(f'value="{key}"' in page for key in keys.values())

    form = {"shown": list(keys.values()), "item": [keys["lone.de"]], "rest": "1"}
    alice_client.post(url(run, "sure/"), form)

    assert (held(run, "lone.de"), held(run, "nova-one.it")) == ("Kia", None)
    assert [item_about(run, name).answer for name in both] == ["doubted", "grid"]
    assert keys["nova-one.it"] not in alice_client.get(url(run, "sure/")).content.decode()
    alice_client.post(url(run, "undo/"))
    assert held(run, "lone.de") is None


def test_the_slider_counts_suggestions_and_shows_the_nearest_first(
    alice_client: Client, run: Run
) -> None:
    kia = run.clusters.get(name="Kia")
    chances = {"lone.de": 0.97, "kia-one.de": 0.85, "nova-one.it": 0.91, "kia-two.de": 0.849}
    for name, probability in chances.items():
        suggest(run, name, kia, probability=probability)

    def shown(asked: str, headers: dict[str, str] | None = None) -> tuple[str, list[str]]:
        """Return the confidence in force, and who is suggested, in the order of the page."""
        page = alice_client.get(url(run, f"sure/?from={asked}"), headers=headers).content.decode()
        found = re.search(r"(\d+) suggestions? at or above (\d\.\d\d)", page)
        assert found is not None
        names = re.findall(r'aria-label="(\S+) belongs to Kia"', page)
        assert int(found[1]) == len(names)
        return found[2], names

    three = ["kia-one.de", "nova-one.it", "lone.de"]
    assert shown("0.85") == ("0.85", three)
    assert shown("0.85", HTMX) == ("0.85", three)
    assert shown("0.851") == ("0.85", three)
    assert shown("0.2") == ("0.50", ["kia-two.de", *three])
    assert shown("1e400") == ("0.99", [])
    for bad in ("", "nan", "high", "0,85"):
        assert shown(bad) == ("0.90", three[1:])


@pytest.mark.parametrize("is_reversed", [True, False])
def test_of_equal_suggestions_the_slider_accepts_the_one_that_the_card_shows_first(
    alice_client: Client, run: Run, *, is_reversed: bool
) -> None:
    clusters = sorted(run.clusters.all(), key=lambda one: one.pk, reverse=is_reversed)
    item = suggest(run, "lone.de", *clusters, probability=0.95)

    first = card(run, item).choices[0].cluster

    assert [one.cluster for one in sure_items(run, 0.9)] == [first]
    page = alice_client.get(url(run, f"?item={item.pk}")).content.decode()
    assert f'value="1:{first.uid}"' in page


def test_a_suggested_cluster_that_was_merged_since_is_suggested_as_the_whole(
    alice: User, run: Run
) -> None:
    kia, mazda = run.clusters.get(name="Kia"), run.clusters.get(name="Mazda")
    item = suggest(run, "lone.de", kia, probability=0.95)
    edits.merge(run, alice, clusters=[kia, mazda], target=mazda, client_id=uuid4())

    assert card(run, item).choices[0].cluster == mazda
    assert [one.cluster for one in sure_items(run, 0.9)] == [mazda]


@pytest.mark.parametrize("verb", ["out", "ignore", "keep"])
def test_a_shared_default_icon_is_decided_for_all_sites_by_one_key(
    alice: User, alice_client: Client, verb: str
) -> None:
    run = make_shared(alice)
    item, host = item_about(run, SITES[0]), run.clusters.get(name="Host")
    page = alice_client.get(url(run), {"item": item.pk}).content.decode()
    assert "3 unrelated sites" in page
    assert "Default icon, or the logo of one brand?" in page

    decide(alice_client, run, item, verb=verb, own=host.uid, domain=ids(run, SITES[0]))

    assert {held(run, name) for name in SITES} == {"Host" if verb == "keep" else None}
    assert run.assignments.reviewed().count() == len(SITES)
    assert run.assignments.filter(is_ignored=True).count() == len(SITES) * (verb == "ignore")
    alice_client.post(url(run, "undo/"), headers=HTMX)
    assert asked(run) == [("icon", SITES)]
