"""Warm limited children that read pages and decode images: no hostile byte is parsed elsewhere."""

import time
from collections.abc import Mapping
from itertools import accumulate, pairwise
from threading import Lock
from typing import Any, Final

from protego import Protego

from clustering.pipeline.errors import ChildDied
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.page_result import PageResult, look
from clustering.pipeline.finders.rules import Rule, RuleHit
from clustering.pipeline.finders.svg_source import symbol_document
from clustering.pipeline.imaging import decoder
from clustering.pipeline.imaging.decoder import LIMITS, Decoder
from clustering.pipeline.sandbox import Json, ProcessLimits
from clustering.pipeline.web import Response

TARGET: Final = "clustering.pipeline.finders.page_reader:serve"


def serve(request: Json, body: bytes) -> tuple[Json, bytes]:
    """In the child: read a robots.txt or a page if the request names one, else decode."""
    if "robots_for" in request:
        rules = Protego.parse(body.decode(errors="replace"))
        return {"is_allowed": rules.can_fetch(request["robots_for"], request["user_agent"])}, b""
    if "answers" not in request:
        name = request["symbol"]
        return decoder.serve(request, symbol_document(body, name) if name else body)
    start = time.thread_time()  # of a process with a CPU limit, its own clock lags behind
    bodies = _split(body, request["lengths"])
    page, *files = (
        Response(answer["url"], answer["status"], answer["headers"], part)
        for answer, part in zip(request["answers"], bodies, strict=True)
    )
    answer, payload = _packed(look(page, dict(zip(request["files"], files, strict=True))))
    return answer | {"cpu_seconds": time.thread_time() - start}, payload


class Readers(Decoder):
    """Decoders that read pages as well; made once per process, safe to use from many threads."""

    target = TARGET

    def __init__(self, size: int = 1, *, limits: ProcessLimits = LIMITS) -> None:
        super().__init__(size, limits=limits)
        self.reading_seconds = 0.0
        """CPU that pages have cost the children so far."""
        self._counting = Lock()

    def look(
        self, page: Response, files: Mapping[str, Response], *, seconds: float | None = None
    ) -> PageResult:
        """Return what ``page`` shows; see ``sight.look``.

        Raises:
            FetchError: ``bad_page``.
            ChildDied: the page crashed its reader, or cost more than its limits.
        """
        answers = [page, *files.values()]
        request = {
            "answers": [_described(answer) for answer in answers],
            "lengths": [len(answer.body) for answer in answers],
            "files": list(files),
        }
        body = b"".join(answer.body for answer in answers)
        answer, payload = self.pool.call(request, body, seconds=seconds)
        with self._counting:
            self.reading_seconds += float(answer.get("cpu_seconds", 0.0))
        return _unpacked(answer, payload)

    def is_allowed(self, rules: bytes, url: str, user_agent: str) -> bool:
        """Return whether a robots.txt lets ``user_agent`` ask for ``url``; one that cannot be
        read within the limits allows nothing.
        """
        request = {"robots_for": url, "user_agent": user_agent}
        try:
            answer, _ = self.pool.call(request, rules)
        except ChildDied:
            return False
        return answer.get("is_allowed") is True


def _described(answer: Response) -> Json:
    kept = {"content-type": answer.headers.get("content-type", "")}
    return {"url": answer.url, "status": answer.status, "headers": kept}


def _packed(sight: PageResult) -> tuple[Json, bytes]:
    """Return what crosses the pipe: the bytes of drawings follow in a row."""
    parts = [one.data or b"" for one in sight.candidates]
    answer = {
        "url": sight.url,
        "obstacle": sight.obstacle,
        "refresh": sight.refresh,
        "files": sight.files,
        "candidates": [
            {
                "finder": one.finder,
                "source_url": one.source_url,
                "evidence": [[item.rule.name, item.points] for item in one.evidence],
                "n_bytes": None if one.data is None else len(one.data),
            }
            for one in sight.candidates
        ],
    }
    return answer, b"".join(parts)


def _unpacked(answer: dict[str, Any], payload: bytes) -> PageResult:
    """Rebuild what was seen; the child saw hostile bytes, so the shape of its word is checked."""
    try:
        lengths = [one["n_bytes"] or 0 for one in answer["candidates"]]
        found = [
            _candidate(one, part)
            for one, part in zip(answer["candidates"], _split(payload, lengths), strict=True)
        ]
        return PageResult(
            url=str(answer["url"]),
            obstacle=str(answer["obstacle"]),
            refresh=str(answer["refresh"]),
            candidates=tuple(found),
            files=tuple(str(address) for address in answer["files"]),
        )
    except (KeyError, TypeError, ValueError, AttributeError) as error:
        raise ChildDied("crashed", "the reader's answer is malformed") from error


def _candidate(one: dict[str, Any], data: bytes) -> LogoCandidate:
    return LogoCandidate(
        finder=str(one["finder"]),
        source_url=str(one["source_url"]),
        evidence=tuple(RuleHit(Rule[rule], float(points)) for rule, points in one["evidence"]),
        data=None if one["n_bytes"] is None else data,
    )


def _split(body: bytes, lengths: list[int]) -> list[bytes]:
    ends = [0, *accumulate(lengths)]
    return [body[start:end] for start, end in pairwise(ends)]
