"""Placement of new images: cluster, confidence, reason."""

import numpy as np
import pytest
from numpy.typing import NDArray

from clustering.pipeline.clusterers.calibration import calibrated
from clustering.pipeline.placement import Images, Members, Placement, Tier, place, reasons
from clustering.pipeline.placement.calibration import THRESHOLDS, PlacementThreshold, threshold_for

CUT = PlacementThreshold(score=0.7, slope=20.0)
NAMES = ("dhl.de", "dhl.fr", "ups.com", "lonely.org")
FAR_HASHES = (0x0, 0xFFFF, 0xFFFF0000, 0xFFFF00000000)


def images(*angles: float, hashes: tuple[int, ...] | None = None, tag: str = "new") -> Images:
    """Return images on the unit circle, ``angles`` in degrees apart from the first axis."""
    turned = np.radians(angles)
    vectors = np.stack([np.cos(turned), np.sin(turned)], axis=1).astype(np.float32)
    codes = hashes or tuple(0xF0F0F0F0F0F0F0F0 for _ in angles)
    sha256s = tuple(f"{tag}{angle}" for angle in angles)
    return Images(sha256s, np.array(codes, dtype=np.uint64), vectors)


@pytest.fixture
def members() -> Members:
    """DHL at 0 and 10 degrees, UPS at 60, and an outlier at 100."""
    held = images(0, 10, 60, 100, hashes=FAR_HASHES, tag="run")
    return Members(held, np.array([0, 0, 1, -1]))


def placed(angle: float, members: Members) -> Placement:
    return place(images(angle), members, CUT)[0]


def test_an_image_joins_the_cluster_of_its_nearest_member(members: Members) -> None:
    found = placed(20, members)

    assert (found.label, found.tier) == (0, Tier.SIMILAR)
    assert [(one.label, one.member) for one in found.matches] == [(0, 1), (1, 2)]
    assert found.matches[0].score == pytest.approx(np.cos(np.radians(10)), abs=1e-5)


def test_an_image_below_the_threshold_is_an_outlier_with_candidates(members: Members) -> None:
    found = placed(-60, members)

    assert (found.label, found.tier) == (-1, Tier.DIFFERENT)
    assert found.matches[0].label == 0
    assert reasons.reason(found, NAMES.__getitem__) == "similarity 0.50 to dhl.de, threshold 0.70"


def test_an_image_nearest_to_an_outlier_is_an_outlier(members: Members) -> None:
    found = placed(95, members)

    assert (found.label, found.tier) == (-1, Tier.SIMILAR)
    assert found.nearest is not None
    assert found.nearest.member == 3
    assert "lonely.org, threshold 0.70. It is an outlier" in reasons.reason(
        found, NAMES.__getitem__
    )


def test_ties_go_to_the_lower_label_then_to_the_lower_row() -> None:
    tied = Members(images(20, 20, 20), np.array([1, 0, 0]))

    (found,) = place(images(25, hashes=(0xFF00,)), tied, CUT)

    assert found.nearest is not None
    assert (found.label, found.nearest.member) == (0, 1)


def test_the_same_image_is_certain_even_among_ties(members: Members) -> None:
    same = Images(("run10",), np.array([1], dtype=np.uint64), members.images.vectors[:1])

    found = place(same, members, CUT)[0]

    assert (found.label, found.tier, found.confidence) == (0, Tier.SAME, 1.0)
    assert reasons.reason(found, NAMES.__getitem__) == "the same image as dhl.fr"


@pytest.mark.parametrize(
    ("bits", "tier", "confidence"), [(0b1111, Tier.COPY, 1.0), (0b11111, Tier.SIMILAR, None)]
)
def test_four_bits_of_the_perceptual_hash_make_a_copy_and_five_do_not(
    members: Members, bits: int, tier: Tier, confidence: float | None
) -> None:
    found = place(images(5, hashes=(bits,)), members, CUT)[0]

    assert found.tier is tier
    assert found.confidence == (confidence or CUT.probability(found.score))


def test_an_equal_hash_alone_is_no_copy(members: Members) -> None:
    assert place(images(-60, hashes=(0x0,)), members, CUT)[0].tier is Tier.DIFFERENT


def test_confidence_is_a_half_at_the_threshold_and_grows_away_from_it() -> None:
    assert CUT.probability(CUT.score) == 0.5
    assert CUT.probability(0.9) > 0.95
    assert CUT.probability(0.4) < 0.05


def test_confidence_is_at_least_a_half(members: Members) -> None:
    found = place(images(*range(-180, 180, 7)), members, CUT)

    assert min(one.confidence for one in found) >= 0.5


def test_a_run_without_clusters_gives_outliers_and_no_candidates(members: Members) -> None:
    loose = Members(members.images, np.full(4, -1))

    found = placed(5, loose)

    assert (found.label, found.matches) == (-1, ())


def test_the_reason_names_an_empty_run() -> None:
    none = Members(images(0).rows(np.array([], dtype=np.int64)), np.array([], dtype=np.int64))

    found = placed(5, none)

    assert (found.label, found.nearest) == (-1, None)
    assert reasons.reason(found, NAMES.__getitem__) == reasons.NO_MEMBERS


def test_the_top_five_are_the_five_nearest_clusters_of_eight() -> None:
    angles = (80, 70, 60, 50, 40, 30, 20, 10)
    members = Members(images(*angles, tag="run"), np.arange(8))

    matches = placed(0, members).matches

    assert [angles[one.member] for one in matches] == [10, 20, 30, 40, 50]


def test_placement_equals_the_plain_definition() -> None:
    rng = np.random.default_rng(7)
    vectors = rng.normal(size=(700, 8)).astype(np.float32)
    vectors /= np.linalg.norm(vectors, axis=1, keepdims=True)
    labels = rng.integers(-1, 30, size=400)
    every = Images(
        tuple(f"{row}" for row in range(700)),
        rng.integers(2**63, size=700).astype(np.uint64),
        vectors,
    )
    members = Members(every.rows(np.arange(400)), labels)
    asked = every.rows(np.arange(400, 700))  # more than one block

    found = place(asked, members, CUT)

    assert [one.label for one in found] == [
        _label_by_definition(vector, vectors[:400], labels) for vector in asked.vectors
    ]


def _label_by_definition(
    vector: NDArray[np.float32], held: NDArray[np.float32], labels: object
) -> int:
    scores = [float(np.dot(one, vector)) for one in held]
    best = max(range(len(scores)), key=scores.__getitem__)
    return int(np.asarray(labels)[best]) if scores[best] >= CUT.score else -1


def test_the_order_of_the_members_does_not_matter(members: Members) -> None:
    turned = np.array([3, 2, 1, 0])
    other = Members(members.images.rows(turned), members.labels[turned])

    for angle in range(-90, 180, 13):
        assert placed(angle, other).label == placed(angle, members).label


def test_an_uncalibrated_embedder_uses_its_clustering_threshold() -> None:
    distance = calibrated("open_clip:ViT-B-32:some_tag", "agglomerative").params[
        "distance_threshold"
    ]

    cut = threshold_for("open_clip:ViT-B-32:some_tag")

    assert cut.score == pytest.approx(1.0 - float(distance))
    assert cut.probability(1.0) > 0.99
    assert threshold_for("descriptor") is THRESHOLDS["descriptor"]
