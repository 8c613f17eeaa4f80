"""The pair score: shared words of domains, and probabilities that rise with the evidence."""

import numpy as np
import pytest

from clustering.pipeline.domain_words import ClusterWords, SharedWord, shared_word
from clustering.pipeline.pair_score import PairScore

SCORE = PairScore(threshold=0.16)


def test_a_shared_word_is_the_common_beginning_of_the_registrable_words() -> None:
    assert shared_word("dhl", "dhl-express") == SharedWord("dhl", is_whole=True, is_equal=True)
    assert shared_word("dhl", "dhlparcel") == SharedWord("dhl", is_whole=True)
    assert shared_word("mazdaoflodi", "mazdacity") == SharedWord("mazda", is_whole=False)
    assert shared_word("nova", "north") == SharedWord()
    assert shared_word("c0071", "c0072") == SharedWord()  # numbered names


def test_each_cluster_is_found_by_its_longest_shared_word() -> None:
    words = ClusterWords.of([["dhl.de", "dhl-express.fr"], ["ups.com"], ["dhlparcel.nl"]])

    assert words.shared_with(["dhl-freight.co.uk"]) == {
        0: SharedWord("dhl", is_whole=True, is_equal=True),
        2: SharedWord("dhl", is_whole=True),
    }


def test_the_names_of_one_group_part_behind_the_word_of_its_brand() -> None:
    words = ClusterWords.of([["mazdaoflodi.com", "mazdacity.com"], ["mazdaofwooster.com"]])

    assert words.shared_with(["mazdapress.fr"])[0] == SharedWord("mazda", is_whole=True)


def test_looks_and_words_both_raise_the_probability() -> None:
    near, far = 0.8, 0.4
    whole, none = SharedWord("mazda", is_whole=True), SharedWord()

    assert SCORE.probability(near, none) > SCORE.probability(far, none)
    assert SCORE.probability(far, whole) > SCORE.probability(far, none)
    assert SCORE.probability(near, whole) > SCORE.probability(near, none)


def test_many_probabilities_are_those_of_single_pairs() -> None:
    cosines = np.array([0.95, 0.4, 0.2, -0.9], np.float32)
    words = {
        1: SharedWord("mazda", is_whole=True),
        3: SharedWord("dhl", is_whole=True, is_equal=True),
    }

    found = SCORE.probabilities(cosines, words)

    assert found.tolist() == pytest.approx(
        [
            SCORE.probability(float(cosines[place]), words.get(place, SharedWord()))
            for place in range(4)
        ]
    )
