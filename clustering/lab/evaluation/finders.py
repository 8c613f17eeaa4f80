"""Accuracy of the first choice on recorded, labelled pages."""

import math
import statistics
import time
from collections.abc import Iterable
from dataclasses import dataclass
from urllib.parse import urlsplit

from clustering.lab.evaluation.finder_ablation import Change, changed
from clustering.lab.evaluation.finder_truth import PageTruth, judge
from clustering.lab.evaluation.recorded_pages import RecordedFiles, RecordedPage
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import LogoCandidate, markup
from clustering.pipeline.finders.chances import SURE, Answer, answered, chance
from clustering.pipeline.finders.page import read_page
from clustering.pipeline.finders.page_reader import PageReaders
from clustering.pipeline.finders.page_result import inspect_page
from clustering.pipeline.finders.ranking import candidates, kind
from clustering.pipeline.finders.services import Decode
from clustering.pipeline.finders.site import decoded, page_candidates
from clustering.pipeline.web import Response


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
    is_sure: bool = False
    """Whether the product shows it without a review."""
    answer: Answer | None = None
    """The first choice in the form in which its chance is estimated."""


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


def measure(pages: Iterable[RecordedPage], change: Change | None = None) -> list[PageScore]:
    """Return the score of each page.

    A page with recorded files is judged after its pictures were decoded, others by their ranking
    alone. ``change`` is applied to each page; the truth stays the same.
    """
    readers = PageReaders()
    try:
        return [_answer(page, change, readers.decode) for page in pages]
    finally:
        readers.close()


def figures(answers: list[PageScore]) -> Figures:
    """Return the figures of ``answers``, at least one."""
    above = [answer for answer in answers if answer.is_sure]
    below = [answer for answer in answers if not answer.is_sure]
    wrong = _share(answer.verdict == "wrong" for answer in answers)
    costs = sorted(answer.milliseconds for answer in answers)
    return Figures(
        n=len(answers),
        strict=_share(answer.is_strict for answer in answers),
        lenient=1.0 - wrong,
        wrong=wrong,
        review_threshold=SURE,
        n_above=len(above),
        right_above=_share(answer.is_strict for answer in above),
        n_below=len(below),
        right_below=_share(answer.is_strict for answer in below),
        ms_median=statistics.median(costs),
        ms_p95=costs[min(len(costs) - 1, int(0.95 * len(costs)))],
    )


def _answer(page: RecordedPage, change: Change | None, decode: Decode) -> PageScore:
    truth, body = page.truth, page.body
    if change is not None:
        body = changed(truth.url, markup.decode(body), change).encode()
    start = time.process_time()
    found = candidates(read_page(truth.url, body))
    milliseconds = 1000 * (time.process_time() - start)
    if page.files is not None:
        web = RecordedFiles(page.files)
        found = _after_decoding(truth.url, body, web, decode) or found
    best, wanted = found[0], "logo" if truth.has_logo else "icon"
    verdict = judge(best, truth)
    return PageScore(
        page.site,
        verdict,
        verdict == wanted,
        best.score,
        best.finder,
        best.source_url,
        milliseconds,
        truth.kind,
        "" if verdict == wanted else _why_lost(found, truth, wanted),
        kind(best) == "logo" and chance(best, found[1:]) >= SURE,
        answered(best, found[1:]),
    )


def _after_decoding(
    url: str, body: bytes, web: RecordedFiles, decode: Decode
) -> list[LogoCandidate]:
    """Return the candidates in the order in which a fetch prefers them, fetched ones first."""
    response = Response(url, 200, {"content-type": "text/html; charset=utf-8"}, body)
    opened = response, inspect_page(response, {})
    host = urlsplit(url).hostname or ""
    _, found = page_candidates(host, opened, web, inspect_page)
    try:
        fetched = [one.candidate for one in decoded(found, web, decode)]
    except FetchError:
        return []
    addresses = {one.source_url for one in fetched}
    return [*fetched, *(one for one in found if one.source_url not in addresses)]


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
