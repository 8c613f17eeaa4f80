"""The confidence of members falls with the distance, and rises with a shared word."""

import numpy as np

from clustering.pipeline.member_confidence import member_confidence
from tests.pipeline.planted import rotated


def test_near_and_named_members_are_surer() -> None:
    vectors = rotated(0, 2, 40, 90)
    labels = np.array([0, 0, 0, -1])
    names = [("nova.de",), ("nova.fr",), ("other.it",), ("alone.de",)]

    first, second, far, outlier = member_confidence(vectors, labels, names, 0.27).tolist()

    assert min(first, second) > far > outlier == 0.0


def test_the_domains_of_one_image_are_members_of_each_other() -> None:
    vectors = rotated(0, 40)
    labels = np.array([0, 0])

    several = member_confidence(vectors, labels, [("a.de", "b.de", "c.de"), ("d.de",)], 0.27)
    single = member_confidence(vectors, labels, [("a.de",), ("d.de",)], 0.27)

    assert several[0] > single[0]
    assert round(float(several[1]), 5) == round(float(single[1]), 5)


def test_looser_clusters_are_less_sure_by_the_measure_of_the_embedder() -> None:
    labels, names = np.array([0, 0]), [("a.de",), ("b.de",)]

    at = [member_confidence(rotated(0, angle), labels, names, 0.27)[0] for angle in (20, 40, 60)]

    assert at[0] > 0.95
    assert at[0] > at[1] > at[2]
    assert at[2] < 0.1
