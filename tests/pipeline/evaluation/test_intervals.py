"""Half-sampling: coverage of the intervals."""

import numpy as np

from clustering.pipeline.evaluation.intervals import Figure, half_sampled_intervals


def test_intervals_of_a_block_mean_cover_the_truth_in_90_of_100() -> None:
    covered = 0
    for seed in range(100):
        generator = np.random.default_rng(seed)
        blocks = np.repeat(np.arange(60), generator.integers(1, 20, 60))
        values = (generator.beta(2, 1, 60)[blocks] > generator.random(len(blocks))).astype(float)

        found = half_sampled_intervals(
            lambda rows, values=values: {"mean": float(values[rows].mean())},  # type: ignore[misc] # bound early
            blocks,
        )["mean"]

        covered += found.low <= 2 / 3 <= found.high

    assert covered >= 90


def test_rows_of_one_block_stay_together() -> None:
    blocks = np.array([0, 0, 0, 1, 1, 1])

    def count(rows: np.ndarray[tuple[int, ...], np.dtype[np.int64]]) -> dict[str, float]:
        assert rows.tolist() in ([0, 1, 2], [3, 4, 5], list(range(6)))
        return {"n": len(rows) / 6}

    assert half_sampled_intervals(count, blocks)["n"].value == 1.0


def test_one_block_gives_the_widest_interval() -> None:
    found = half_sampled_intervals(lambda rows: {"share": 0.5}, np.zeros(9, dtype=np.int64))

    assert found["share"] == Figure(value=0.5, low=0.0, high=1.0, n=9)


def test_intervals_are_clipped_to_their_bounds() -> None:
    values = np.array([1.0] * 19 + [0.0])

    found = half_sampled_intervals(
        lambda rows: {"share": float(values[rows].mean())}, np.arange(20)
    )

    assert found["share"].value == 0.95
    assert found["share"].high == 1.0
