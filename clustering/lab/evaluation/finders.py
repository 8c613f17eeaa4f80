"""Accuracy of the first choice on recorded, labelled pages."""

import gzip
import json
import math
import statistics
import time
from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from pathlib import Path

from clustering.lab.evaluation.finder_ablation import Change, changed
from clustering.lab.evaluation.finder_truth import PageTruth, judge, read_truth
from clustering.pipeline.errors import InputError
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.markup import decode
from clustering.pipeline.finders.page import read_page
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD, candidates


@dataclass(frozen=True)
class PageScore:
    """First choice and verdict of one page."""

    site: str
    verdict: str
    """``logo``, ``icon`` or ``wrong``."""
    is_strict: bool
    score: float
    finder: str
    source_url: str
    milliseconds: float
    """CPU time from bytes to ranked candidates."""
    kind: str = ""
    """Kind of the page, where labelled."""
    lost: str = ""
    """Rank, points and lowering rules of the best right candidate, if the first is wrong."""


@dataclass(frozen=True)
class Figures:
    """Accuracy shares and CPU cost per page."""

    n: int
    strict: float
    lenient: float
    wrong: float
    review_threshold: float
    n_above: int
    right_above: float
    n_below: int
    right_below: float
    ms_median: float
    ms_p95: float


def measure(folder: Path, change: Change | None = None) -> list[PageScore]:
    """Return the score of every ``*/page.html.gz`` with ``truth.json`` in ``folder``.

    ``change`` is applied to each page; the truth stays the same.

    Raises:
        InputError: if there is no page or one cannot be read.
    """
    answers = list(_answers(folder, change))
    if not answers:
        raise InputError(f"{folder} holds no */page.html.gz beside truth.json")
    return answers


def figures(answers: list[PageScore]) -> Figures:
    """Return the figures of ``answers``, at least one."""
    above = [answer for answer in answers if answer.score >= REVIEW_THRESHOLD]
    below = [answer for answer in answers if answer.score < REVIEW_THRESHOLD]
    wrong = _share(answer.verdict == "wrong" for answer in answers)
    costs = sorted(answer.milliseconds for answer in answers)
    return Figures(
        n=len(answers),
        strict=_share(answer.is_strict for answer in answers),
        lenient=1.0 - wrong,
        wrong=wrong,
        review_threshold=REVIEW_THRESHOLD,
        n_above=len(above),
        right_above=_share(answer.is_strict for answer in above),
        n_below=len(below),
        right_below=_share(answer.is_strict for answer in below),
        ms_median=statistics.median(costs),
        ms_p95=costs[min(len(costs) - 1, int(0.95 * len(costs)))],
    )


def _answers(folder: Path, change: Change | None) -> Iterator[PageScore]:
    for file in sorted(folder.glob("*/truth.json")):
        page = file.with_name("page.html.gz")
        try:
            truth = read_truth(json.loads(file.read_bytes()))
            body = gzip.decompress(page.read_bytes())
        except (OSError, EOFError, ValueError, KeyError, TypeError) as error:
            raise InputError(f"{file.parent} cannot be read: {error}") from error
        if change is not None:
            body = changed(truth.url, decode(body), change).encode()
        yield _answer(file.parent.name, truth, body)


def _answer(site: str, truth: PageTruth, body: bytes) -> PageScore:
    start = time.process_time()
    found = candidates(read_page(truth.url, body))
    milliseconds = 1000 * (time.process_time() - start)
    best, wanted = found[0], "logo" if truth.has_logo else "icon"
    verdict = judge(best, truth)
    return PageScore(
        site,
        verdict,
        verdict == wanted,
        best.score,
        best.finder,
        best.source_url,
        milliseconds,
        truth.kind,
        "" if verdict == wanted else _why_lost(found, truth, wanted),
    )


def _why_lost(found: list[LogoCandidate], truth: PageTruth, wanted: str) -> str:
    for rank, one in enumerate(found, start=1):
        if judge(one, truth) == wanted:
            rules = "; ".join(hit.rule.label for hit in one.evidence if hit.points < 0)
            reason = rules or "nothing lowers it"
            return (
                f"the right one is {one.finder} at rank {rank}, {one.score:.0f} points: {reason}"
            )
    return "no candidate is right"


def wilson(share: float, n: int) -> tuple[float, float]:
    """Return the 95 % Wilson score interval of a share of ``n`` trials.

    Wilson (1927), Probable inference, the law of succession, and statistical inference.
    """
    if n == 0:
        return 0.0, 1.0
    z2 = 1.96**2
    centre = (share + z2 / (2 * n)) / (1 + z2 / n)
    half = math.sqrt(z2 * (share * (1 - share) / n + z2 / (4 * n * n))) / (1 + z2 / n)
    return max(0.0, centre - half), min(1.0, centre + half)


def _share(truths: Iterable[bool]) -> float:
    values = list(truths)
    return sum(values) / len(values) if values else 1.0
