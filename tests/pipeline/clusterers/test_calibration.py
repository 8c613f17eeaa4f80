"""The shipped table fits the registries."""

from clustering.pipeline.clusterers import CLUSTERERS
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


def test_an_unknown_pair_gets_the_clusterers_own_defaults() -> None:
    assert calibrated("other", "hdbscan") == Choice("hdbscan", {})
