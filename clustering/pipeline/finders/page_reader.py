"""Pool of resource-limited child processes that parse pages and decode images."""

import time
from collections.abc import Mapping
from itertools import accumulate, pairwise
from threading import Lock
from typing import Any, Final

from protego import Protego

from clustering.pipeline.errors import ChildDied
from clustering.pipeline.finders import LogoCandidate
from clustering.pipeline.finders.page_result import PageResult, inspect_page
from clustering.pipeline.finders.rules import Rule, RuleHit
from clustering.pipeline.finders.svg_source import symbol_document
from clustering.pipeline.imaging import decoder
from clustering.pipeline.imaging.decoder import LIMITS, Decoder
from clustering.pipeline.sandbox import Json, ProcessLimits
from clustering.pipeline.web import Response

TARGET: Final = "clustering.pipeline.finders.page_reader:serve"


def serve(request: Json, body: bytes) -> tuple[Json, bytes]:
    """Serve one request in the child: robots.txt, page, or image."""
    if "robots_for" in request:
        rules = Protego.parse(body.decode(errors="replace"))
        return {"is_allowed": rules.can_fetch(request["robots_for"], request["user_agent"])}, b""
    if "answers" not in request:
        name = request["symbol"]
        return decoder.serve(request, symbol_document(body, name) if name else body)
    start = time.thread_time()  # the process clock lags where a CPU limit is set
    bodies = _split(body, request["lengths"])
    page, *files = (
        Response(answer["url"], answer["status"], answer["headers"], part)
        for answer, part in zip(request["answers"], bodies, strict=True)
    )
    answer, payload = _packed(inspect_page(page, dict(zip(request["files"], files, strict=True))))
    return answer | {"cpu_seconds": time.thread_time() - start}, payload


class PageReaders(Decoder):
    """Decoder pool that also reads pages; one per process, thread-safe."""

    target = TARGET

    def __init__(self, size: int = 1, *, limits: ProcessLimits = LIMITS) -> None:
        super().__init__(size, limits=limits)
        self.reading_seconds = 0.0
        """CPU seconds that the children have spent on pages."""
        self._counting = Lock()

    def inspect(
        self, page: Response, files: Mapping[str, Response], *, seconds: float | None = None
    ) -> PageResult:
        """Return the result of reading ``page``; see ``page_result.inspect_page``.

        Raises:
            FetchError: ``bad_page``.
            ChildDied: the child crashed or exceeded its limits.
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
        """Return whether a robots.txt allows ``url``; one over the limits allows nothing."""
        request = {"robots_for": url, "user_agent": user_agent}
        try:
            answer, _ = self.pool.call(request, rules)
        except ChildDied:
            return False
        return answer.get("is_allowed") is True


def _described(answer: Response) -> Json:
    kept = {"content-type": answer.headers.get("content-type", "")}
    return {"url": answer.url, "status": answer.status, "headers": kept}


def _packed(result: PageResult) -> tuple[Json, bytes]:
    """Return the answer and the concatenated bytes of the drawings."""
    parts = [one.data or b"" for one in result.candidates]
    answer = {
        "url": result.url,
        "obstacle": result.obstacle,
        "refresh": result.refresh,
        "cookies": result.cookies,
        "is_shell": result.is_shell,
        "files": result.files,
        "candidates": [
            {
                "finder": one.finder,
                "source_url": one.source_url,
                "evidence": [[item.rule.name, item.points] for item in one.evidence],
                "n_bytes": None if one.data is None else len(one.data),
            }
            for one in result.candidates
        ],
    }
    return answer, b"".join(parts)


def _unpacked(answer: dict[str, Any], payload: bytes) -> PageResult:
    """Rebuild the result; the child read hostile bytes, so its answer is validated."""
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
            cookies=tuple(str(cookie) for cookie in answer["cookies"]),
            candidates=tuple(found),
            is_shell=answer["is_shell"] is True,
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
