"""Evidence about two logos: chain, percentile, tier, colours."""

import numpy as np
import pytest
from PIL import Image, ImageDraw

from clustering.pipeline import evidence
from clustering.pipeline.constraints import Constraints, constrained
from clustering.pipeline.evidence import Tier
from clustering.pipeline.imaging import palette
from tests.pipeline.planted import rotated


def test_the_chain_leads_over_nearest_neighbours_and_names_its_weakest_link() -> None:
    vectors = rotated(0, 10, 30, 36, 90)

    found = evidence.chain(vectors, 0, 3)

    assert [link[:2] for link in found.links] == [(0, 1), (1, 2), (2, 3)]
    assert found.weakest == found.links[1]
    assert evidence.chain(vectors, 3, 0).links[0][:2] == (3, 2)


def test_a_rule_about_the_weakest_link_separates_the_two_ends() -> None:
    vectors = rotated(0, 10, 30, 36)
    weakest = evidence.chain(vectors, 0, 3).weakest
    assert weakest is not None
    cut = Constraints(different=[weakest[:2]])

    labels = constrained(np.zeros(4, np.int64), vectors, np.ones(4, np.int64), cut)

    assert labels[0] == labels[1] != labels[2] == labels[3]


def test_a_link_that_a_rule_makes_is_not_to_be_cut() -> None:
    vectors = rotated(0, 10, 80)

    found = evidence.chain(vectors, 0, 2, same=[(1, 2)])

    assert [evidence.is_by_rule(link) for link in found.links] == [False, True]
    assert found.weakest == found.links[0]
    assert evidence.chain(vectors, 1, 2, same=[(1, 2)]).weakest is None


def test_the_percentile_counts_the_nearest_pairs_that_are_less_alike() -> None:
    assert evidence.percentile(0.8, [0.5, 0.7, 0.8, 0.9]) == pytest.approx(0.625)
    assert evidence.percentile(0.8, []) is None


def test_tiers_go_from_the_same_file_to_a_look_alike() -> None:
    def tier(**known: bool) -> Tier:
        every = dict.fromkeys(("is_same", "is_copied", "is_alike", "is_together"), False)
        return evidence.tier(**every | known)

    assert tier(is_same=True) is Tier.SAME
    assert tier(is_copied=True, is_together=True) is Tier.COPY
    assert tier(is_together=True) is Tier.RENDITION
    assert tier(is_alike=True) is Tier.LOOK_ALIKE
    assert tier() is Tier.DIFFERENT


def test_shared_colours_leave_the_background_out() -> None:
    red = _drawn("white", "#d00000")
    red_and_blue = _drawn("white", "#d00000", "#0000d0")
    green = _drawn("white", "#00d000")

    one, both, other = (palette.shares(image) for image in (red, red_and_blue, green))

    assert palette.shared(one, both) == ["#e02020"]
    assert palette.overlap(one, both) == pytest.approx(0.5, abs=0.05)
    assert palette.shared(one, other) == []
    assert palette.overlap(one, one) == pytest.approx(1.0)
    assert palette.shares(Image.new("RGBA", (5, 5))) == {}


def _drawn(ground: str, *colours: str) -> Image.Image:
    image = Image.new("RGBA", (60, 40), ground)
    for place, colour in enumerate(colours):
        left = 10 + place * 20
        ImageDraw.Draw(image).rectangle((left, 10, left + 19, 29), fill=colour)
    return image
