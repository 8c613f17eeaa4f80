"""Choices about logos: they outlast later fetches, and can be undone."""

import json
from uuid import uuid4

import pytest

from clustering.models import Capture, Dataset, Domain, LogoChoice, User
from clustering.pipeline.errors import FetchError, InputError
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.rules import Rule
from clustering.selectors import export_rows
from clustering.services.curation.undo import UndoBlocked
from clustering.services.fetching import worker
from clustering.services.logos import captures, choices
from clustering.services.runs import compute
from clustering.services.storage import record_logo
from tests.factories import (
    make_dataset,
    make_domain,
    make_image,
    make_logo,
    make_run,
    make_user,
    update_domains,
)

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice)


@pytest.fixture
def domain(dataset: Dataset) -> Domain:
    """One domain whose site offers the images a (primary), b and c."""
    made = make_domain(dataset, "x.de")
    update_domains(Domain.objects.filter(pk=made.pk), status="found")
    look(made, "a", "b", "c")
    made.refresh_from_db()
    return made


def look(domain: Domain, *keys: str) -> None:
    """Look at the site again: it offers the images ``keys`` at addresses of the same name."""
    look_at_addresses(domain, {key: key for key in keys})


def look_at_addresses(domain: Domain, offered: dict[str, str]) -> None:
    """Look at the site again: it offers at each address the image of that key."""
    found = tuple(
        Captured(
            LogoCandidate("img", f"https://x.de/{name}.png", (Rule.HOME_LINK.hit(),)),
            make_image(key),
        )
        for name, key in offered.items()
    )
    logos = {one.image.sha256: record_logo(one.image) for one in found}
    captures.replace_offered(domain, SiteLogo("https://x.de/", "logo", 0.6, found), logos)


def primary(domain: Domain) -> str:
    """The key of the image that stands for the domain; nothing if none does."""
    shown = domain.captures.filter(is_primary=True).select_related("logo").first()
    return shown.logo.sha256[0] if shown else ""


def capture(domain: Domain, key: str) -> Capture:
    return domain.captures.get(logo__sha256=key * 64)


def choose(domain: Domain, key: str, user: User) -> LogoChoice:
    return choices.choose(capture(domain, key), user, client_id=uuid4())


def test_without_a_choice_the_best_candidate_is_primary(domain: Domain) -> None:
    look(domain, "b", "a")

    assert primary(domain) == "b"


def test_a_chosen_candidate_is_primary_and_says_who_and_when(domain: Domain, alice: User) -> None:
    made = choose(domain, "b", alice)

    domain.refresh_from_db()
    assert primary(domain) == "b"
    assert (made.actor, domain.decided_at) == (alice, made.created_at)


def test_a_human_choice_survives_another_look(domain: Domain, alice: User) -> None:
    choose(domain, "b", alice)

    look(domain, "a", "c")

    assert primary(domain) == "b"
    assert not capture(domain, "b").is_offered


def test_a_choice_holds_the_image_and_not_the_address(domain: Domain, alice: User) -> None:
    choose(domain, "a", alice)

    look_at_addresses(domain, {"a": "z"})

    assert primary(domain) == "a"
    shown = domain.captures.filter(source_url="https://x.de/a.png")
    assert sorted(one.logo.sha256[0] for one in shown) == ["a", "z"]


def test_a_candidate_that_another_look_replaced_meanwhile_cannot_be_chosen(
    domain: Domain, alice: User
) -> None:
    seen = capture(domain, "c")
    look(domain, "a", "b")

    with pytest.raises(InputError, match="this candidate was replaced"):
        choices.choose(seen, alice, client_id=uuid4())

    assert not LogoChoice.objects.exists()
    assert primary(domain) == "a"


def test_after_undo_the_newest_look_decides(domain: Domain, alice: User) -> None:
    choose(domain, "b", alice)
    look(domain, "c", "a")

    undone = choices.undo(domain, alice)

    domain.refresh_from_db()
    assert undone is not None
    assert undone.undone_by == alice
    assert (primary(domain), domain.decided_at) == ("c", None)


def test_undo_steps_back_through_several_choices(domain: Domain, alice: User) -> None:
    for key in ("b", "c"):
        choose(domain, key, alice)
    look(domain, "a")

    steps = []
    while choices.undo(domain, alice):
        steps.append(primary(domain))

    assert steps == ["b", "a"]


def test_none_of_these_takes_the_domain_out_and_undo_brings_it_back(
    domain: Domain, alice: User
) -> None:
    choices.refuse(domain, alice, client_id=uuid4())
    domain.refresh_from_db()
    refused = (domain.status, primary(domain))
    look(domain, "a", "c")
    domain.refresh_from_db()
    looked_again = (domain.status, primary(domain))

    choices.undo(domain, alice)

    domain.refresh_from_db()
    assert refused == looked_again == ("ignored", "")
    assert (domain.status, primary(domain)) == ("found", "a")


def test_a_retry_of_failures_leaves_a_refused_domain_alone(
    dataset: Dataset, domain: Domain, alice: User
) -> None:
    choices.refuse(domain, alice, client_id=uuid4())

    assert worker.retry_failed(dataset) == 0
    assert Domain.objects.get().status == "ignored"


def test_a_failed_domain_is_found_with_an_uploaded_logo_and_failed_again_after_undo(
    dataset: Dataset, alice: User
) -> None:
    domain = make_domain(dataset, "dead.de")
    claimed = dataset.domains.claim(1)[0]
    error = FetchError("dns", "no such name")
    worker.save_outcome(worker.FetchOutcome(claimed, error=error))

    given = choices.uploaded(make_logo("mine"))
    choices.give(domain, alice, given, client_id=uuid4())
    domain.refresh_from_db()
    found = domain.status
    choices.undo(domain, alice)

    domain.refresh_from_db()
    assert found == "found"
    assert (domain.status, domain.error_code) == ("failed", "dns")


def test_a_late_worker_does_not_overwrite_a_choice(dataset: Dataset, alice: User) -> None:
    domain = make_domain(dataset, "slow.de")
    claimed = dataset.domains.claim(1)[0]
    choices.give(domain, alice, choices.uploaded(make_logo("mine")), client_id=uuid4())

    site = SiteLogo(
        "https://slow.de/", "logo", 0.97, (Captured(LogoCandidate("img", "u"), make_image("a")),)
    )
    worker.save_outcome(worker.FetchOutcome(claimed, site=site))

    assert domain.captures.get().finder == "upload"


def test_a_pending_domain_waits_for_its_site_again_after_undo(
    dataset: Dataset, alice: User
) -> None:
    domain = make_domain(dataset, "slow.de")
    choices.give(domain, alice, choices.uploaded(make_logo("mine")), client_id=uuid4())

    choices.undo(domain, alice)

    assert dataset.domains.due().get() == domain


def test_a_form_sent_twice_decides_once(domain: Domain, alice: User) -> None:
    client_id = uuid4()

    for _ in range(2):
        choices.choose(capture(domain, "b"), alice, client_id=client_id)

    assert domain.choices.count() == 1


def test_undo_is_blocked_by_a_later_choice_of_another_user(
    dataset: Dataset, domain: Domain, alice: User, bob: User
) -> None:
    choose(domain, "b", alice)
    choose(domain, "c", bob)

    with pytest.raises(UndoBlocked, match="bob has since decided"):
        choices.undo_own(dataset, alice)

    assert primary(domain) == "c"


def test_undo_of_ones_own_reaches_no_other_data_set(domain: Domain, alice: User) -> None:
    choose(domain, "b", alice)

    assert choices.undo_own(make_dataset(alice, "Other"), alice) is None
    assert primary(domain) == "b"


def test_a_given_image_that_the_site_offers_too_is_one_candidate(
    domain: Domain, alice: User
) -> None:
    given = choices.linked(capture(domain, "c").logo, "https://x.de/c.png")

    choices.give(domain, alice, given, client_id=uuid4())

    assert domain.captures.count() == 3
    assert primary(domain) == "c"


def test_the_next_run_takes_the_chosen_logo(dataset: Dataset, domain: Domain, alice: User) -> None:
    run = make_run(dataset, {})
    choose(domain, "c", alice)

    assert compute.run_input(run).sha256s == ["c" * 64]


def test_a_chosen_image_is_never_a_placeholder(
    dataset: Dataset, domain: Domain, alice: User
) -> None:
    run = make_run(dataset, {})
    globe = make_logo("globe", is_placeholder=True)
    make_domain(dataset, "y.de", logo=globe)
    before = compute.run_input(run).placeholder_ids

    choices.give(domain, alice, choices.uploaded(globe), client_id=uuid4())

    assert before == {globe.pk}
    assert compute.run_input(run).placeholder_ids == frozenset()


def test_an_image_shared_by_unrelated_sites_is_no_logo(dataset: Dataset) -> None:
    consent = make_logo("consent manager")
    for brand in ("acme", "bolt", "crest", "dune"):
        make_domain(dataset, f"{brand}.com", logo=consent)
        make_domain(dataset, f"{brand}.fr", logo=make_logo(brand))

    given = compute.run_input(make_run(dataset, {}))

    assert given.placeholder_ids == {consent.pk}


def test_an_excluded_domain_is_exported_as_ignored(
    dataset: Dataset, domain: Domain, alice: User
) -> None:
    run = make_run(dataset, {"acme": ["x.de"]})

    choices.refuse(domain, alice, client_id=uuid4())

    document = json.loads(b"".join(export_rows.full_json(run)))
    assert [(one["domain"], one["status"]) for one in document["items"]] == [("x.de", "ignored")]


def test_choices_are_deleted_with_their_data_set(domain: Domain, alice: User) -> None:
    choose(domain, "b", alice)
    choices.refuse(domain, make_user("carol"), client_id=uuid4())

    domain.dataset.delete()

    assert LogoChoice.objects.count() == 0
