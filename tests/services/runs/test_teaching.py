"""Answers of the review queue teach the pair score of the next run, and its page says so."""

import pytest
from django.test import Client
from django.utils import timezone

from clustering.models import ReviewItem, Run, User
from clustering.pipeline.domain_words import SharedWord
from clustering.services.runs.teaching import taught_by_answers
from tests.factories import make_dataset, make_run

pytestmark = pytest.mark.django_db


def answer(run: Run, score: float, *answers: str) -> None:
    """Store answered questions with a score."""
    n_before = run.review_items.count()
    ReviewItem.objects.bulk_create(
        ReviewItem(
            run=run,
            kind=ReviewItem.Kind.GROUP,
            place=n_before + row,
            score=score,
            n_open=0,
            answer=one,
            answered_at=timezone.now(),
        )
        for row, one in enumerate(answers)
    )


@pytest.fixture
def later(alice: User) -> Run:
    """A run after one whose likely suggestions were mostly refused."""
    first = make_run(make_dataset(alice), {"one": ["a.de"]})
    answer(first, 0.9, *["new", "2", "out", "typed"] * 6, *["1"] * 4)
    answer(first, 0.2, *["different"] * 10)
    answer(first, 0.9, *["ignored", "doubted"] * 20)  # say nothing about pairs
    return make_run(first.dataset, {"one": ["a.de"]})


def test_refused_suggestions_make_the_next_ones_less_likely(later: Run) -> None:
    later.taught = taught_by_answers(later)

    assert later.taught["n_answers"] == 38
    assert later.taught["loss_after"] < later.taught["loss_before"]
    assert later.taught["at_half"] < 50
    plain, word = Run(embedder=later.embedder), SharedWord("mazda", is_whole=True)
    before, after = (one.pair_score.probability(0.8, word) for one in (plain, later))
    assert after < before


def test_what_taught_a_run_is_taken_out_of_its_scores(later: Run) -> None:
    found = taught_by_answers(later)
    later.dataset.runs.exclude(pk=later.pk).update(taught={"shift": -2.0, "scale": 0.5})

    again = taught_by_answers(later)

    assert again["shift"] != found["shift"]


def test_few_answers_teach_nothing(alice: User) -> None:
    first = make_run(make_dataset(alice), {"one": ["a.de"]})
    answer(first, 0.9, *["new"] * 9, *["1"] * 9)

    assert taught_by_answers(make_run(first.dataset, {})) == {}


def test_the_page_of_runs_says_what_was_learned(later: Run, alice: User, client: Client) -> None:
    later.taught = taught_by_answers(later)
    later.save(update_fields=["taught"])
    client.force_login(alice)

    page = " ".join(client.get(f"/d/{later.dataset.slug}/runs/").content.decode().split())

    assert "Pair score learned from 38 answers of the review" in page
