"""Form of a new run: plug-ins, options, steps, name."""

from typing import Any
from unittest.mock import patch

import pytest
import time_machine
from django.test import Client
from django.urls import reverse

from clustering.models import Dataset, Run
from clustering.pipeline.clusterers import CLUSTERERS, calibration
from clustering.pipeline.projectors import PROJECTORS
from clustering.run_form import OPTION_TEXTS, PLUGIN_LABELS, RunForm
from tests.factories import make_dataset, make_run, make_user

pytestmark = pytest.mark.django_db

FIELDS = {"embedder": "descriptor", "clusterer": "agglomerative", "random_state": "7"}


@pytest.fixture
def dataset() -> Dataset:
    return make_dataset(make_user())


@pytest.fixture
def client(client: Client, dataset: Dataset) -> Client:
    client.force_login(dataset.owner)
    return client


def asked(client: Client, dataset: Dataset, **fields: Any) -> Any:
    with patch("clustering.tasks.advance.delay"):
        return client.post(reverse("run_new", args=[dataset.slug]), FIELDS | fields)


def test_every_plug_in_is_offered_with_a_text_for_each_option(dataset: Dataset) -> None:
    form = RunForm(initial=RunForm.initial_for(dataset, None))

    cards = [*form.clusterer_cards(), *form.projector_cards()]
    assert [card.name for card in cards] == ["auto", *CLUSTERERS, *PROJECTORS]
    assert {card.name for card in cards} <= PLUGIN_LABELS.keys()
    for card in cards:
        for option in card.options:
            name = option.name.partition("-")[2]
            assert {option.name, name} & OPTION_TEXTS.keys(), option.name
            assert name != "random_state"


@pytest.mark.parametrize("clusterer", [*CLUSTERERS])
def test_every_clusterer_runs_with_the_forms_initial_values(
    client: Client, dataset: Dataset, clusterer: str
) -> None:
    response = asked(client, dataset, clusterer=clusterer)

    assert response.status_code == 302
    run = Run.objects.get()
    assert run.clusterer == clusterer
    assert CLUSTERERS.create(clusterer, **run.clusterer_params) is not None


@pytest.mark.parametrize("projector", [*PROJECTORS])
def test_every_projector_can_be_chosen(client: Client, dataset: Dataset, projector: str) -> None:
    asked(client, dataset, projector=projector)

    assert Run.objects.get().projector == projector


def test_the_seed_of_a_run_is_that_of_its_plug_ins(client: Client, dataset: Dataset) -> None:
    asked(client, dataset, clusterer="kmeans", projector="umap")

    run = Run.objects.get()
    assert run.random_state == 7
    assert run.clusterer_params["random_state"] == 7
    assert run.projector_params["random_state"] == 7


def test_steps_are_recorded_and_part_of_the_key(client: Client, dataset: Dataset) -> None:
    asked(client, dataset, preparation=["grey", "clahe"], name="Grey and sharp")

    run = Run.objects.get()
    assert run.preparation == ["clahe", "grey"]
    assert run.embedder_key.endswith(":prep3+clahe+grey")
    assert run.name == run.title == "Grey and sharp"


def test_steps_that_contradict_are_refused(client: Client, dataset: Dataset) -> None:
    response = asked(client, dataset, preparation=["squash", "keep_aspect"])

    assert response.status_code == 422
    assert "contradict each other" in response.content.decode()
    assert not Run.objects.exists()


def test_an_automatic_run_starts_from_the_defaults(client: Client, dataset: Dataset) -> None:
    asked(client, dataset, clusterer="auto")

    run = Run.objects.get()
    assert run.is_auto
    assert run.clusterer in CLUSTERERS


def test_the_form_starts_with_all_parameters_of_the_shown_run(
    client: Client, dataset: Dataset
) -> None:
    make_run(
        dataset,
        {"A": ["a.de", "b.de"]},
        preparation=["grey"],
        clusterer_params={"distance_threshold": 0.21},
        projector_params={"n_neighbors": 9},
    )

    page = client.get(reverse("run_new", args=[dataset.slug]))

    form = page.context["form"]
    assert form["agglomerative-distance_threshold"].value() == 0.21
    assert form["umap-n_neighbors"].value() == 9
    assert [card.name for card in form.step_cards() if card.is_chosen] == ["grey"]
    assert 'value="grey" checked' in page.content.decode()


def test_every_clusterer_starts_with_the_options_calibrated_for_the_embedder(
    client: Client, dataset: Dataset
) -> None:
    Dataset.objects.filter(pk=dataset.pk).update(embedder="logonet")

    form = client.get(reverse("run_new", args=[dataset.slug])).context["form"]

    for name in CLUSTERERS:
        for option, value in calibration.calibrated("logonet", name).params.items():
            assert form[f"{name}-{option}"].value() == value


def test_an_empty_option_means_the_calibrated_one(client: Client, dataset: Dataset) -> None:
    asked(client, dataset, embedder="logonet", clusterer="dbscan", **{"dbscan-eps": ""})

    params = calibration.calibrated("logonet", "dbscan").params
    assert Run.objects.get().clusterer_params["eps"] == params["eps"]


def test_a_link_fills_in_fields_and_nothing_else(client: Client, dataset: Dataset) -> None:
    query = {"clusterer": "kmeans", "kmeans-n_clusters": "42", "evil": "1"}

    form = client.get(reverse("run_new", args=[dataset.slug]), query).context["form"]

    assert form["kmeans-n_clusters"].value() == "42"
    assert "evil" not in form.initial


@time_machine.travel("2026-11-28T12:00:00Z", tick=False)
def test_a_run_is_given_a_name_and_loses_it_again(client: Client, dataset: Dataset) -> None:
    params = {"distance_threshold": 0.3, "linkage": "single"}
    run = make_run(dataset, {"A": ["a.de", "b.de"]}, clusterer_params=params)
    address = reverse("run_rename", args=[dataset.slug, run.slug])

    client.post(address, {"name": "  Before the merger  "})
    table = client.get(reverse("runs", args=[dataset.slug])).content.decode()
    assert "Before the merger" in table

    client.post(address, {"name": ""})
    run.refresh_from_db()
    assert run.name == ""
    assert run.title == "Single linkage, threshold 0.3, 28 Nov 2026"


def test_a_name_that_is_too_long_changes_nothing(client: Client, dataset: Dataset) -> None:
    run = make_run(dataset, {"A": ["a.de", "b.de"]}, name="Good")

    page = client.post(
        reverse("run_rename", args=[dataset.slug, run.slug]), {"name": "x" * 81}, follow=True
    )

    run.refresh_from_db()
    assert run.name == "Good"
    assert "at most 80 characters" in page.content.decode()


@pytest.mark.parametrize(
    ("embedder", "distances", "is_calibrated"),
    [
        ("descriptor", "", False),
        ("descriptor", "found", True),
        ("torchvision:resnet50", "", True),
        ("torchvision:resnet50", "given", False),
    ],
)
def test_distances_are_found_where_nobody_measured_or_when_asked(
    dataset: Dataset, embedder: str, distances: str, *, is_calibrated: bool
) -> None:
    form = RunForm(FIELDS | {"embedder": embedder, "distances": distances})

    assert form.is_valid(), form.errors
    assert form.is_calibrated is is_calibrated
