"""Outcomes of domains: shares that add up."""

import pytest
from django.utils import timezone

from clustering.models import Dataset, Domain, User
from clustering.selectors import failures, outcomes
from tests.factories import make_dataset, make_domain, make_logo, update_domains

pytestmark = pytest.mark.django_db


@pytest.fixture
def dataset(alice: User) -> Dataset:
    """One domain of each way to end."""
    made = make_dataset(alice)
    make_domain(made, "logo.de", logo=make_logo("logo"))
    make_domain(made, "globe.de", logo=make_logo("globe", is_placeholder=True))
    make_domain(made, "icon.de", logo=make_logo("icon"))
    for name in ("dead.de", "stand-in.de", "left-out.de", "to-come.de"):
        make_domain(made, name)
    change(made, "icon.de", kind="icon_only")
    change(made, "dead.de", status="failed", error_code="dns")
    change(made, "stand-in.de", status="failed", error_code="placeholder")
    change(made, "left-out.de", status="ignored")
    return made


def change(dataset: Dataset, name: str, **fields: object) -> None:
    update_domains(Domain.objects.filter(dataset=dataset, name=name), **fields)


def test_placeholders_are_neither_logos_nor_failures(dataset: Dataset) -> None:
    """Request 25: known placeholders are counted separately."""
    counts = {one.name: one.n for one in outcomes.outcomes(dataset)}

    assert counts == {
        "logo": 1,
        "icon": 1,
        "placeholder": 2,
        "ignored": 1,
        "failed": 1,
        "pending": 1,
    }


def test_a_placeholder_that_a_person_chose_is_a_logo(dataset: Dataset) -> None:
    change(dataset, "globe.de", decided_at=timezone.now())

    counts = {one.name: one.n for one in outcomes.outcomes(dataset)}

    assert (counts["logo"], counts["placeholder"]) == (2, 1)


def test_the_parts_lie_side_by_side_and_fill_the_bar(dataset: Dataset) -> None:
    parts = outcomes.outcomes(dataset)

    ends = [one.start + one.width for one in parts]
    assert [one.start for one in parts][1:] == pytest.approx(ends[:-1])
    assert ends[-1] == pytest.approx(outcomes.BAR_UNITS)


def test_a_data_set_without_domains_has_no_parts(alice: User) -> None:
    assert outcomes.outcomes(make_dataset(alice, "Empty")) == []


def test_placeholders_do_not_count_for_their_finder(dataset: Dataset) -> None:
    assert [(one.finder, one.n) for one in failures.sources(dataset)] == [("img", 2)]
