"""People's choices of logos become examples for the chances of the finders."""

import pytest

from clustering.models import Capture, Domain, User
from clustering.models.choice import LogoChoice
from clustering.pipeline.finders.rules import Rule
from clustering.selectors.judged_logos import judged_answers
from clustering.services.logos import captures
from tests.factories import make_dataset, make_domain, make_logo

pytestmark = pytest.mark.django_db


def _chosen(domain: Domain, capture: Capture | None, user: User) -> None:
    verb = LogoChoice.Verb.CHOSEN if capture else LogoChoice.Verb.REFUSED
    LogoChoice.objects.create(domain=domain, actor=user, verb=verb, capture=capture)
    captures.update_primary(domain)


def test_kept_and_refused_logos(alice: User) -> None:
    dataset = make_dataset(alice)
    kept, refused, _open = (
        make_domain(dataset, name, logo=make_logo(name)) for name in ("a.de", "b.de", "c.de")
    )
    evidence = [[Rule.HOME_LINK.label, 34.0], ["a rule of the past", 3.0]]
    Capture.objects.update(evidence=evidence)
    _chosen(kept, kept.captures.get(), alice)
    _chosen(refused, None, alice)

    found = {one.domain: one for one in judged_answers()}

    assert {name: one.is_right for name, one in found.items()} == {"a.de": True, "b.de": False}
    assert found["a.de"].answer.points == {Rule.HOME_LINK: 34.0}
