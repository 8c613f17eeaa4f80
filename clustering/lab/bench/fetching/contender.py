"""One contender in its own process: plan as JSON on standard input, result on output."""

import json
import sys
import time
from collections import Counter, deque
from collections.abc import Callable, Mapping
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import asdict, dataclass, field, replace
from queue import SimpleQueue
from typing import Final, Protocol

from clustering.lab.bench.fetching import Plan, Result
from clustering.lab.bench.fetching.baseline import PlainLoop
from clustering.lab.bench.fetching.product_fetcher import Fetcher
from clustering.lab.bench.meter import Stopwatch, children_cpu_seconds, cpu_seconds, peak_bytes


class Contender(Protocol):
    """A fetcher of logos."""

    def look(self, host: str) -> str:
        """Return the failure reason of ``host``; "" for a logo."""
        ...

    def look_again(self, host: str) -> str:
        """Retry with longer timeouts."""
        ...

    def parsing_elsewhere(self) -> float:
        """Return the CPU seconds of parsing in children."""
        ...

    def close(self) -> None: ...


def measure(plan: Plan) -> Result:
    """Run the contender of ``plan`` over all hosts, after a warm-up."""
    parsing = Stopwatch()
    contender = CONTENDERS[plan.contender](plan, parsing)
    contender.look(plan.hosts[0])
    parsing.reset()
    elsewhere, cpu_before = contender.parsing_elsewhere(), cpu_seconds()
    course = _all(contender, plan)
    cpu, peak = cpu_seconds() - cpu_before, peak_bytes()
    elsewhere = contender.parsing_elsewhere() - elsewhere
    contender.close()
    children = children_cpu_seconds()
    failures = Counter((course.ends | course.ends_again).values())
    return Result(
        contender=plan.contender,
        threads=plan.threads,
        n_sites=len(plan.hosts),
        n_found=failures.pop("", 0),
        wall_seconds=course.wall_seconds,
        tail_seconds=course.tail_seconds,
        n_tried_again=len(course.ends_again),
        n_found_again=list(course.ends_again.values()).count(""),
        cpu_seconds=cpu + children,
        parsing_seconds=parsing.seconds + elsewhere,
        decoding_seconds=children - elsewhere,
        peak_bytes=peak,
        failures=dict(failures.most_common()),
    )


@dataclass
class _Course:
    """Outcome and time of each host; which ones wait, and which ones were slow."""

    waiting: deque[str]
    slow: deque[str] = field(default_factory=deque)
    ends: dict[str, str] = field(default_factory=dict)
    ends_again: dict[str, str] = field(default_factory=dict)
    wall_seconds: float = 0.0
    tail_seconds: float = 0.0


def _all(contender: Contender, plan: Plan) -> _Course:
    """Fetch every host, and retry slow ones in a part of the threads, like the fetch stage."""
    course = _Course(waiting=deque(plan.hosts))
    running: dict[Future[str], str] = {}
    running_again: dict[Future[str], str] = {}
    finished = SimpleQueue[Future[str]]()
    start = time.perf_counter()
    with ThreadPoolExecutor(plan.threads) as pool:
        while True:
            while chosen := _chosen(plan, course, len(running), len(running_again)):
                host, is_again = chosen
                look = contender.look_again if is_again else contender.look
                begun = running_again if is_again else running
                begun[_begun(pool, look, host, finished)] = host
            if not running and not running_again:
                break
            future = finished.get()
            if future in running_again:
                course.ends_again[running_again.pop(future)] = future.result()
            else:
                host = running.pop(future)
                course.ends[host] = future.result()
                if plan.tail_threads and course.ends[host] == "timeout":
                    course.slow.append(host)
                if not running and not course.waiting:
                    course.wall_seconds = time.perf_counter() - start
    course.tail_seconds = time.perf_counter() - start - course.wall_seconds
    return course


def _chosen(plan: Plan, course: _Course, n: int, n_again: int) -> tuple[str, bool] | None:
    """Return the next host and whether it is retried; at least one thread is for new ones."""
    if n + n_again >= plan.threads:
        return None
    if course.slow and n_again < min(plan.tail_threads, plan.threads - bool(course.waiting)):
        return course.slow.popleft(), True
    return (course.waiting.popleft(), False) if course.waiting else None


def _begun(
    pool: ThreadPoolExecutor,
    look: Callable[[str], str],
    host: str,
    finished: SimpleQueue[Future[str]],
) -> Future[str]:
    future = pool.submit(look, host)
    future.add_done_callback(finished.put)
    return future


CONTENDERS: Final[Mapping[str, Callable[[Plan, Stopwatch], Contender]]] = {
    "logosite": Fetcher,
    "plain": PlainLoop,
}


def main() -> None:
    """Read the plan, write the result."""
    plan = Plan(**json.load(sys.stdin))
    result = measure(replace(plan, hosts=tuple(plan.hosts)))
    sys.stdout.write(json.dumps(asdict(result)))


if __name__ == "__main__":
    main()
