"""The quality pages, without JavaScript."""

import pytest
from django.core.files.uploadedfile import SimpleUploadedFile
from django.test import Client
from django.urls import reverse

from clustering.models import Judgement, LabelSet, Membership, QualityReport, Run, User
from clustering.pipeline.evaluation import intervals
from clustering.services.quality import measure
from tests.factories import make_dataset, make_embedding, make_run
from tests.pipeline.planted import groups
from tests.web.dead_ends import dead_ends

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
CHANGING = (
    "quality_measure",
    "quality_labels",
    "quality_labels_remove",
    "pairs_judge",
    "pairs_undo",
)


@pytest.fixture(autouse=True)
def _few_halves(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(intervals, "N_HALVES", 8)


@pytest.fixture
def run(alice: User) -> Run:
    vectors, _ = groups([3, 3], dim=8)
    names = [f"nova-{row}.de" for row in range(3)] + [f"kite-{row}.de" for row in range(3)]
    made = make_run(make_dataset(alice), {"Nova": names[:3], "Kite": names[3:5], "-": names[5:]})
    for name, vector in zip(names, vectors, strict=True):
        make_embedding(made.assignments.get(domain__name=name).logo, vector.tolist())
    return made


@pytest.fixture
def measured(run: Run) -> Run:
    claimed = measure.claim(measure.request(run).pk)
    assert claimed is not None
    measure.compute(claimed)
    return run


@pytest.fixture
def viewer(run: Run, bob: User, bob_client: Client) -> Client:
    Membership.objects.create(dataset=run.dataset, user=bob, role=Membership.Role.VIEWER)
    return bob_client


def address(name: str, run: Run) -> str:
    return reverse(name, args=[run.dataset.slug])


def test_an_unmeasured_run_offers_to_be_measured(alice_client: Client, run: Run) -> None:
    page = alice_client.get(address("quality", run)).content.decode()

    assert "Not measured." in page
    assert ">Measure<" in page.replace("\n", "").replace(" ", "")


def test_a_report_is_requested_once(alice_client: Client, run: Run) -> None:
    for _ in range(2):
        alice_client.post(address("quality_measure", run))

    assert QualityReport.objects.get().status == QualityReport.Status.QUEUED
    page = alice_client.get(address("quality", run)).content.decode()
    assert 'hx-trigger="every 2s"' in page


def test_polling_ends_with_the_work(alice_client: Client, run: Run) -> None:
    asked = measure.request(run)
    htmx = {"HX-Request": "true"}

    working = alice_client.get(address("quality", run), headers=htmx)
    claimed = measure.claim(asked.pk)
    assert claimed is not None
    measure.compute(claimed)
    ended = alice_client.get(address("quality", run), headers=htmx)

    assert (working.status_code, ended.status_code) == (200, 286)
    assert "<html" not in ended.content.decode()


def test_no_figure_is_shown_without_cases_and_interval(
    alice_client: Client, measured: Run
) -> None:
    page = alice_client.get(address("quality", measured)).content.decode()

    rows = page.count('class="interval"')
    assert rows == 2
    assert page.count("n&nbsp;=&nbsp;5") == rows
    assert page.count(" to ") >= rows


def test_likely_errors_have_buttons_to_review_them(alice_client: Client, measured: Run) -> None:
    page = alice_client.get(address("quality", measured)).content.decode()
    kite = measured.clusters.get(name="Kite")
    lost = measured.dataset.domains.get(name="kite-2.de")

    assert f'value="{kite.uid}"' in page
    alice_client.post(
        address("assign", measured),
        {"domain": lost.pk, "cluster": kite.uid, "next": address("quality", measured)},
    )

    held = measured.assignments.get(domain=lost)
    assert held.human_cluster == kite


def test_queries_do_not_grow_with_likely_errors(
    alice_client: Client, measured: Run, django_assert_max_num_queries: object
) -> None:
    with django_assert_max_num_queries(40):  # type: ignore[operator] # a fixture without types
        alice_client.get(address("quality", measured))


def test_labels_are_kept_and_the_run_is_measured_again(
    alice_client: Client, measured: Run
) -> None:
    file = SimpleUploadedFile("labels.csv", b"domain,brand\nnova-0.de,nova\nnova-1.de,nova\n")

    alice_client.post(address("quality_labels", measured), {"labels": file})

    label_set = LabelSet.objects.get(dataset=measured.dataset)
    assert (label_set.source_name, label_set.labels.count()) == ("labels.csv", 2)
    waiting = QualityReport.objects.unfinished().get()
    claimed = measure.claim(waiting.pk)
    assert claimed is not None
    measure.compute(claimed)
    assert "B-cubed F" in alice_client.get(address("quality", measured)).content.decode()


@pytest.mark.parametrize("content", [b"domain,brand\nzeta.de,z\n", b"\xff\xfe", b"name\nnova\n"])
def test_labels_of_no_use_are_refused_with_a_reason(
    alice_client: Client, run: Run, content: bytes
) -> None:
    file = SimpleUploadedFile("labels.csv", content)

    answer = alice_client.post(address("quality_labels", run), {"labels": file}, follow=True)

    assert "toast-bad" in answer.content.decode()
    assert not LabelSet.objects.exists()
    assert not QualityReport.objects.exists()


def test_labels_can_be_removed(alice_client: Client, run: Run) -> None:
    LabelSet.objects.create(dataset=run.dataset, source_name="labels.csv")

    alice_client.post(address("quality_labels_remove", run))

    assert not LabelSet.objects.exists()


def test_a_pair_is_shown_judged_and_undone(alice_client: Client, measured: Run) -> None:
    page = alice_client.get(address("pairs", measured)).content.decode()
    assert "15 of 15 left" in page

    answer = alice_client.post(
        address("pairs_judge", measured), {"place": 0, "verdict": "same"}, follow=True
    )
    assert "14 of 15 left" in answer.content.decode()

    answer = alice_client.post(address("pairs_undo", measured), follow=True)
    assert "15 of 15 left" in answer.content.decode()
    assert not Judgement.objects.exists()


@pytest.mark.parametrize(
    "said",
    [
        {"place": "0", "verdict": "perhaps"},
        {"place": "-1", "verdict": "same"},
        {"place": "9" * 5_000, "verdict": "same"},
        {},
    ],
)
def test_invalid_judgements_are_rejected(
    alice_client: Client, measured: Run, said: dict[str, str]
) -> None:
    answer = alice_client.post(address("pairs_judge", measured), said, follow=True)

    assert answer.status_code == 200
    assert "Unknown answer" in answer.content.decode()
    assert not Judgement.objects.exists()


def test_a_viewer_looks_but_changes_nothing(viewer: Client, measured: Run) -> None:
    assert dead_ends(viewer, address("quality", measured)) == []
    assert viewer.get(address("pairs", measured)).status_code == 403
    for name in CHANGING:
        assert viewer.post(address(name, measured)).status_code == 403


def test_non_members_get_404(bob_client: Client, run: Run) -> None:
    for name in ("quality", "pairs"):
        assert bob_client.get(address(name, run)).status_code == 404
    for name in CHANGING:
        assert bob_client.post(address(name, run)).status_code == 404


def test_without_a_run_there_is_nothing_to_judge(alice: User, alice_client: Client) -> None:
    slug = make_dataset(alice).slug

    assert alice_client.get(reverse("quality", args=[slug])).status_code == 200
    assert alice_client.get(reverse("pairs", args=[slug])).status_code == 404


def test_a_name_that_the_machine_does_not_trust_is_shown_as_unsure(
    alice_client: Client, run: Run
) -> None:
    run.clusters.filter(name="Kite").update(name="Blue, round", name_score=0.3)
    run.clusters.filter(name="Nova").update(name_score=1.0)
    gallery = address("gallery", run)
    assert alice_client.get(gallery).content.decode().count("uncertain name") == 1

    run.clusters.filter(name="Blue, round").update(name="Kite", name_source="human")

    assert "uncertain name" not in alice_client.get(gallery).content.decode()
