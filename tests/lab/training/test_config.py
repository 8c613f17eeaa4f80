"""Training configurations, including the one that is shipped."""

from pathlib import Path

import pytest

from clustering.lab.training import config
from clustering.pipeline.errors import InputError
from tests.lab.training import drawings

OPEN_LICENCES = {"CC0-1.0", "MIT", "Apache-2.0", "BSD-3-Clause", "OFL-1.1", "ISC"}


def test_the_shipped_configuration_is_complete_and_openly_licensed() -> None:
    shipped = config.read(config.SHIPPED)

    assert {one.licence for one in shipped.icon_sets} <= OPEN_LICENCES
    assert shipped.start is not None
    assert shipped.fonts is not None
    assert {shipped.start.licence, shipped.fonts.licence} <= OPEN_LICENCES
    for phase in shipped.phases:
        assert sum(phase.shares.values()) == pytest.approx(1.0)


def test_a_misspelt_entry_is_refused(tmp_path: Path) -> None:
    file = drawings.config(tmp_path)
    file.write_text(file.read_text().replace("n_looks", "looks"), "utf-8")

    with pytest.raises(InputError, match=r"training configuration, schedule: .*looks"):
        config.read(file)


def test_an_unknown_entry_is_refused(tmp_path: Path) -> None:
    file = drawings.config(tmp_path)
    file.write_text("sede = 4\n" + file.read_text(), "utf-8")

    with pytest.raises(InputError, match="unknown entries: sede"):
        config.read(file)


def test_a_shortened_phase_has_a_shorter_warm_up(tmp_path: Path) -> None:
    (long, _) = config.read(config.SHIPPED).phases

    short = long.shortened(0.01).schedule

    assert short.n_steps == round(long.schedule.n_steps * 0.01)
    assert short.n_warmup == short.n_steps // 4
    assert long.shortened(1.0) == long
