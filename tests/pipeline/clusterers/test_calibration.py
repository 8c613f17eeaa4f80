"""Calibrated options fit the registries and the clusterers' own defaults."""

import pytest

from clustering.pipeline.clusterers import CLUSTERERS, DEFAULT_DISTANCE
from clustering.pipeline.clusterers.calibration import CALIBRATED, Choice, calibrated, default_for
from clustering.pipeline.embedders import EMBEDDERS


def test_every_embedder_has_calibrated_options_that_its_clusterer_takes() -> None:
    assert set(CALIBRATED) == set(EMBEDDERS)
    for choices in CALIBRATED.values():
        assert set(choices) == set(CLUSTERERS)
        for name, choice in choices.items():
            CLUSTERERS.create(choice.clusterer, **choice.params)
            assert choice.clusterer == name


def test_the_default_is_the_clusterer_that_won() -> None:
    assert default_for("descriptor") == CALIBRATED["descriptor"]["agglomerative"]
    assert default_for("open_clip:RN50:openai") == CALIBRATED["open_clip"]["agglomerative"]


@pytest.mark.parametrize("name", sorted(CLUSTERERS))
def test_the_fallback_for_unmeasured_embedders_equals_the_field_defaults(name: str) -> None:
    choice = calibrated("other", name)

    assert CLUSTERERS.create(name, **choice.params) == CLUSTERERS.create(name)
    assert DEFAULT_DISTANCE in choice.params.values()


def test_an_unknown_clusterer_has_no_options() -> None:
    assert calibrated("logonet", "other") == Choice("other", {})
