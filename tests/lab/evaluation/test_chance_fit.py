"""Chances are fitted to judged answers, and those of people count."""

from io import StringIO
from pathlib import Path

import numpy as np
import pytest
from django.core.management import call_command

from clustering.lab.evaluation import chance_fit
from clustering.lab.evaluation.chance_fit import Example
from clustering.pipeline.finders.chances import SIGNS

N = len(SIGNS)


def _examples(second: float, n: int, n_right: int) -> list[Example]:
    signs = (1.0, second, *(0.0 for _ in range(N - 2)))
    return [Example(f"{second}-{n}.com", signs, n < n_right, 1.0) for n in range(n)]


def test_chances_approach_the_shares_of_right_answers() -> None:
    found = _examples(0.0, 400, 392) + _examples(1.0, 400, 240)

    weights = chance_fit.fit(found)

    plain, second = 1 / (1 + np.exp(-weights[0])), 1 / (1 + np.exp(-weights[:2].sum()))
    assert (plain, second) == pytest.approx((0.98, 0.60), abs=0.01)


def test_no_page_of_a_site_takes_part_in_its_own_estimate() -> None:
    found = [Example("one.com", (1.0,) * N, is_right=False, weight=1.0) for _ in range(9)]
    found += [Example(f"{n}.com", (1.0,) * N, is_right=True, weight=1.0) for n in range(9)]

    chances = chance_fit.cross_validated(found)

    assert chances[0] > 0.95
    assert chances[0] > max(chances[9:])


@pytest.mark.django_db
@pytest.mark.slow
def test_command_prints_weights_and_reliability(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    (tmp_path / "a.html").write_text('<header><a href="/"><img src="/l.png"></a></header>')
    (tmp_path / "a.json").write_text('{"url": "https://a.com/", "right": "https://a.com/l.png"}')
    monkeypatch.setattr("clustering.management.commands.fit_finders.HOME_PAGES", ())
    out = StringIO()

    call_command("fit_finders", str(tmp_path), "--decisions", stdout=out)

    text = out.getvalue()
    assert all(f'"{name}"' in text for name in SIGNS)
    assert "pages as they are, cross-validated by site" in text
