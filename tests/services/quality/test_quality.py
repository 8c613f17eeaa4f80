"""Quality reports: content, leases, and estimates from judgements."""

from datetime import timedelta

import numpy as np
import pytest
from django.utils import timezone

from clustering.models import (
    Assignment,
    Judgement,
    LabelSource,
    QualityReport,
    ReviewPair,
    Run,
    User,
)
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth, intervals
from clustering.selectors import gallery
from clustering.selectors.gallery import CardOrder, GalleryQuery
from clustering.services.curation import edits
from clustering.services.quality import labels, measure, pair_review
from clustering.services.quality.items import quality_items
from clustering.services.quality.report import (
    label_error_rows,
    labelled_lines,
    n_label_errors,
    similarity_matrix,
    unlabelled_lines,
)
from tests.factories import make_dataset, make_domain, make_embedding, make_logo, make_run
from tests.pipeline.planted import groups

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
BRANDS = ("velmora", "ironoak", "octavio")
Verdict = Judgement.Verdict


@pytest.fixture(autouse=True)
def _few_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    """Of what half-sampling promises tests/pipeline/evaluation knows."""
    monkeypatch.setattr(intervals, "N_HALVES", 8)


@pytest.fixture
def run(alice: User) -> Run:
    """Three brands of four logos; one of ironoak's sits with velmora, one of octavio's is out."""
    vectors, truth = groups([4, 4, 4], dim=8)
    names = [f"{BRANDS[brand]}-{row}.de" for row, brand in enumerate(truth.tolist())]
    clusters = {
        "Velmora": names[:5],
        "Ironoak": names[5:8],
        "Octavio": names[8:11],
        "-": names[11:],
    }
    made = make_run(make_dataset(alice), clusters)
    for name, vector in zip(names, vectors, strict=True):
        make_embedding(made.assignments.get(domain__name=name).logo, vector.tolist())
    return made


def measured(run: Run) -> QualityReport:
    asked = measure.request(run)
    claimed = measure.claim(asked.pk)
    assert claimed is not None
    measure.compute(claimed)
    asked.refresh_from_db()
    return asked


def test_a_report_holds_figures_with_cases_and_intervals(run: Run) -> None:
    report = measured(run)

    lines = unlabelled_lines(report)
    assert report.status == QualityReport.Status.SUCCEEDED
    assert [line.label for line in lines] == ["DBCV", "Silhouette"]
    assert all(line.low <= (line.value or 0) <= line.high and line.n == 11 for line in lines)
    assert labelled_lines(report, LabelSource.CORRECTED) == []


def test_planted_errors_are_listed_first(run: Run) -> None:
    rows = label_error_rows(run, measured(run))

    first = {row.domains[0].name: row for row in rows[:2]}
    assert set(first) == {"octavio-11.de", "ironoak-4.de"}
    assert first["octavio-11.de"].is_outlier
    assert first["octavio-11.de"].other_cluster == run.clusters.get(name="Octavio")
    assert first["ironoak-4.de"].cluster == run.clusters.get(name="Velmora")


def test_shared_images_are_not_in_the_report(alice: User) -> None:
    dataset, consent = make_dataset(alice), make_logo("consent manager")
    brands = ("acme", "bolt", "crest", "dune")
    for brand in brands:
        make_domain(dataset, f"{brand}.com", logo=consent)
    names = [f"{brand}.{end}" for brand in brands for end in ("de", "fr")]
    made = make_run(dataset, {"-": [f"{brand}.com" for brand in brands] + names})
    for place, name in enumerate(names):
        make_embedding(made.assignments.get(domain__name=name).logo, np.eye(8)[place].tolist())
    make_embedding(consent, np.ones(8).tolist())

    judged = quality_items(made)

    assert consent.pk not in judged.logo_ids
    assert sorted(judged.domains) == [[name] for name in names]


def test_a_reviewed_error_is_no_longer_listed(run: Run, alice: User) -> None:
    report = measured(run)
    before = label_error_rows(run, report)
    domain = before[0].domains[0]

    edits.assign(
        run,
        alice,
        domain_ids=[domain.pk],
        cluster=run.clusters.get(name="Octavio"),
        client_id=run.clusters.get(name="Octavio").uid,
    )

    after = label_error_rows(run, report)
    assert domain not in [row.domains[0] for row in after]
    assert len(after) == len(before) - 1


def test_the_gallery_sorts_by_likely_errors(run: Run, alice: User) -> None:
    measured(run)

    counted = n_label_errors(run)
    wanted = GalleryQuery(CardOrder.LABEL_ERRORS, n_label_errors=counted)
    _, cards = gallery.gallery_page(run, LabelSource.CORRECTED, wanted)

    assert counted[run.clusters.get(name="Octavio").pk] >= 1
    numbers = [counted.get(card.cluster.pk, 0) for card in cards]
    assert numbers == sorted(numbers, reverse=True)
    assert len(cards) == 3


def test_without_likely_errors_the_gallery_sorts_by_cohesion(run: Run) -> None:
    _, doubtful = gallery.gallery_page(
        run, LabelSource.CORRECTED, GalleryQuery(CardOrder.LABEL_ERRORS)
    )

    _, alike = gallery.gallery_page(run, LabelSource.CORRECTED, GalleryQuery(CardOrder.COHESION))
    assert doubtful == alike
    assert len(doubtful) == 3


def test_clusters_are_compared_both_ways(run: Run) -> None:
    rows = similarity_matrix(run, measured(run))

    assert [row.cluster.name for row in rows] == ["Velmora", "Ironoak", "Octavio"]
    cosines = np.array([[cell.cosine for cell in row.cells] for row in rows])
    np.testing.assert_allclose(cosines, cosines.T)
    assert [row.cells[place].is_own for place, row in enumerate(rows)] == [True] * 3
    assert rows[1].cells[1].level == 9


def test_both_label_sources_are_compared_with_labels(run: Run, alice: User) -> None:
    truth = {
        name: LabelTruth(name.partition("-")[0], "main", "gold")
        for name in run.dataset.domains.values_list("name", flat=True)
    }
    labels.replace(run.dataset, alice, source_name="l.csv", truth=truth)
    edits.assign(
        run,
        alice,
        domain_ids=[run.dataset.domains.get(name="ironoak-4.de").pk],
        cluster=run.clusters.get(name="Ironoak"),
        client_id=run.clusters.get(name="Ironoak").uid,
    )

    report = measured(run)

    corrected = {one.label: one for one in labelled_lines(report, LabelSource.CORRECTED)}
    machine = {one.label: one for one in labelled_lines(report, LabelSource.MACHINE)}
    assert corrected["B-cubed precision"].value == 1.0
    assert machine["B-cubed precision"].value == pytest.approx((4 * 4 / 5 + 1 / 5 + 7) / 12)
    assert corrected["B-cubed F"].n == 12


def test_new_labels_replace_the_old_and_unknown_domains_are_ignored(run: Run, alice: User) -> None:
    old, new = LabelTruth("x", "", "gold"), LabelTruth("velmora", "main", "gold")
    labels.replace(run.dataset, alice, source_name="1.csv", truth={"octavio-9.de": old})

    kept = labels.replace(
        run.dataset, alice, source_name="2.csv", truth={"velmora-0.de": new, "zeta.de": old}
    )

    assert labels.truth(kept) == {"velmora-0.de": new}
    with pytest.raises(InputError, match=r"3\.csv labels none of the domains"):
        labels.replace(run.dataset, alice, source_name="3.csv", truth={"zeta.de": old})
    assert labels.truth(kept) == {"velmora-0.de": new}


def test_pairs_are_sampled_once_per_run(run: Run) -> None:
    measured(run)
    drawn = list(run.review_pairs.values_list("place", "first", "second", "n_stratum"))

    measured(run)

    assert list(run.review_pairs.values_list("place", "first", "second", "n_stratum")) == drawn
    assert sum(dict(run.review_pairs.values_list("stratum", "n_stratum")).values()) == len(drawn)


def test_a_leased_report_is_not_claimed(run: Run) -> None:
    asked = measure.request(run)

    assert measure.request(run) == asked
    assert measure.due_ids() == [asked.pk]
    assert measure.claim(asked.pk) is not None
    assert measure.claim(asked.pk) is None
    assert measure.due_ids() == []


def test_labels_that_change_under_a_running_report_are_measured_by_another_one(run: Run) -> None:
    running = measure.request(run)
    assert measure.claim(running.pk) is not None

    fresh = measure.request_afresh(run)

    assert fresh != running
    assert measure.request_afresh(run) == fresh
    assert measure.due_ids() == [fresh.pk]
    assert measure.newest(run) == fresh


def test_a_dead_workers_report_is_taken_up_and_the_late_result_is_dropped(run: Run) -> None:
    asked = measure.request(run)
    dead = measure.claim(asked.pk)
    assert dead is not None
    QualityReport.objects.update(next_try_at=timezone.now() - timedelta(seconds=1))
    alive = measure.claim(asked.pk)
    assert alive is not None

    measure.compute(dead)

    asked.refresh_from_db()
    assert asked.status == QualityReport.Status.RUNNING
    assert not ReviewPair.objects.exists()
    measure.compute(alive)
    asked.refresh_from_db()
    assert asked.status == QualityReport.Status.SUCCEEDED


def test_too_few_logos_end_the_report_with_a_reason(alice: User) -> None:
    lonely = make_run(make_dataset(alice), {"-": ["a.de"]})

    report = measured(lonely)

    assert (report.status, report.error_code) == ("failed", "too_few_logos")


def answer_all(run: Run, user: User, verdict: Judgement.Verdict = Verdict.SAME) -> None:
    for pair in run.review_pairs.all():
        pair_review.judge(run, user, place=pair.place, verdict=verdict)


def test_each_reviewer_continues_at_the_first_unjudged_pair(
    run: Run, alice: User, bob: User
) -> None:
    measured(run)
    first = pair_review.next_question(run, alice)
    assert first is not None
    pair_review.judge(run, alice, place=first.pair.place, verdict=Verdict.UNSURE)

    second = pair_review.next_question(run, alice)

    assert second is not None
    assert second.pair.place == first.pair.place + 1
    assert pair_review.progress(run, alice).n_left == run.review_pairs.count() - 1
    assert pair_review.progress(run, bob).n_judged == 0
    assert pair_review.reviewers(run) == [pair_review.progress(run, alice)]
    answer_all(run, alice)
    assert pair_review.next_question(run, alice) is None


def test_a_second_judgement_replaces_the_first(run: Run, alice: User) -> None:
    measured(run)

    pair_review.judge(run, alice, place=0, verdict=Verdict.SAME)
    pair_review.judge(run, alice, place=0, verdict=Verdict.DIFFERENT)

    assert Judgement.objects.get().verdict == Verdict.DIFFERENT
    assert pair_review.judge(run, alice, place=9_999, verdict=Verdict.SAME) is None


def test_undo_deletes_the_users_own_last_judgement(run: Run, alice: User, bob: User) -> None:
    measured(run)
    for place in (0, 1):
        pair_review.judge(run, alice, place=place, verdict=Verdict.SAME)
    pair_review.judge(run, bob, place=2, verdict=Verdict.SAME)

    undone = pair_review.undo(run, alice)

    assert undone is not None
    assert undone.pair.place == 1
    assert pair_review.next_question(run, alice) == undone
    assert Judgement.objects.filter(user=bob).count() == 1
    assert pair_review.undo(run, alice) is not None
    assert pair_review.undo(run, alice) is None


def test_judgements_give_precision_and_recall(run: Run, alice: User) -> None:
    measured(run)
    assert pair_review.verdict(run, alice) is None

    for pair in run.review_pairs.select_related("first", "second"):
        brands = {
            row.domain.name.partition("-")[0]
            for row in Assignment.objects.filter(logo__in=(pair.first, pair.second))
        }
        said = Verdict.SAME if len(brands) == 1 else Verdict.DIFFERENT
        pair_review.judge(run, alice, place=pair.place, verdict=said)

    found = pair_review.verdict(run, alice)
    assert found is not None
    # Together: 6 + 3 + 3 right pairs and 4 with the stranger; apart: 3 + 3 that belong together.
    assert found.precision.value == pytest.approx(12 / 16)
    assert found.recall.value == pytest.approx(12 / 18)
    assert (found.recall.low, found.recall.high) == (found.recall.value, found.recall.value)
