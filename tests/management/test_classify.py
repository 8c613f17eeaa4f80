"""The classify command with recorded sites and files."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command
from pytest_django import Settings

from clustering.models import Dataset, Logo, Run, User
from clustering.pipeline.imaging.decoder import normalise_bytes
from clustering.services import embedding
from clustering.services.storage import keep_image
from clustering.services.work import process_resources
from tests.factories import make_dataset, make_domain, make_run
from tests.pictures import as_jpeg, as_png, drawn

pytestmark = [pytest.mark.django_db, pytest.mark.slow]
SAMPLE_SITE = "alpengo-sample.de"


@pytest.fixture
def run(alice: User, settings: Settings, tmp_path: Path) -> Run:
    """Rings, and a cross that stands alone; its data set lives in the recorded web."""
    settings.MEDIA_ROOT = tmp_path / "media"
    dataset = make_dataset(alice, web=Dataset.Web.SAMPLE)
    shown = {
        "ring.de": drawn("ring"),
        "ring.fr": drawn("ring", side=180),
        "cross.com": drawn("cross", "#108040"),
    }
    for name, image in shown.items():
        make_domain(dataset, name, logo=keep_image(normalise_bytes(as_png(image))))
    embedder = process_resources.embedder("descriptor")
    run = make_run(dataset, {"Ring": ["ring.de", "ring.fr"], "-": ["cross.com"]}, name="First")
    Run.objects.filter(pk=run.pk).update(embedder_key=embedder.key)
    embedding.embed_logos(Logo.objects.of_dataset(dataset), embedder=embedder)
    return run


def classify(*arguments: str) -> str:
    out = StringIO()
    call_command("classify", *arguments, stdout=out)
    return out.getvalue()


def test_a_file_is_put_into_its_cluster_with_the_reason(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "any.jpg"
    file.write_bytes(as_jpeg(drawn("ring")))

    first, *candidates = classify(run.slug, str(file)).splitlines()

    assert first == f"{file}: cluster Ring, 95 % sure (similarity 0.89 to ring.de, threshold 0.71)"
    assert len(candidates) == 1
    assert candidates[0].endswith("Ring  (most like ring.de)")


def test_sites_are_classified_and_failures_reported(run: Run) -> None:
    answers = json.loads(classify("First", SAMPLE_SITE, "no-such-name-1.de", "--json"))

    assert [one["given"] for one in answers] == [SAMPLE_SITE, "no-such-name-1.de"]
    assert answers[0]["cluster"] is None
    assert answers[0]["candidates"][0]["name"] == "Ring"
    assert 0.5 <= answers[0]["confidence"] <= 1.0
    assert answers[1]["error"] == "dns"


def test_nothing_of_the_run_is_changed(run: Run, tmp_path: Path) -> None:
    file = tmp_path / "any.png"
    file.write_bytes(as_png(drawn("disc")))

    classify(run.slug, str(file))

    assert run.assignments.count() == 3
    assert run.dataset.domains.count() == 3
    assert not run.dataset.classifications.exists()


def test_a_run_that_is_not_there_is_refused() -> None:
    with pytest.raises(CommandError, match="no finished run"):
        classify("nowhere", "a.de")


def test_a_name_that_several_runs_bear_is_refused(run: Run) -> None:
    make_run(run.dataset, {"-": ["cross.com"]}, name="First")

    with pytest.raises(CommandError, match="several runs are called 'First'"):
        classify("First", "a.de")


def test_without_any_image_the_command_fails(run: Run) -> None:
    with pytest.raises(CommandError, match="none of them gave an image"):
        classify(run.slug, "not a domain")
