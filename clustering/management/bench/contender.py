"""One contender in a process of its own: a plan as JSON on standard input, a result on output."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import asdict, replace
from typing import Final, Protocol

from clustering.management.bench import Plan, Result
from clustering.management.bench.fetcher import Fetcher
from clustering.management.bench.meter import (
    Stopwatch,
    children_cpu_seconds,
    cpu_seconds,
    peak_bytes,
)
from clustering.management.bench.plain import PlainLoop


class Contender(Protocol):
    """A way to a site's logo."""

    def look(self, host: str) -> str:
        """Return why ``host`` gives no logo, or nothing."""
        ...

    def look_again(self, host: str) -> str:
        """Do so with more patience."""
        ...

    def parsing_elsewhere(self) -> float:
        """Return the CPU seconds of parsing in children so far."""
        ...

    def close(self) -> None:
        """Release what it holds."""
        ...


def measure(plan: Plan) -> Result:
    """Run the contender of ``plan`` over all hosts, warm as a worker that has run for a while."""
    parsing = Stopwatch()
    contender = CONTENDERS[plan.contender](plan, parsing)
    contender.look(plan.hosts[0])
    parsing.reset()
    elsewhere, cpu_before = contender.parsing_elsewhere(), cpu_seconds()
    ends, wall = _all(contender.look, plan.hosts, plan.threads)
    slow = [host for host in plan.hosts if plan.tail_threads and ends[host] == "timeout"]
    again, tail = _all(contender.look_again, slow, plan.tail_threads)
    cpu, peak = cpu_seconds() - cpu_before, peak_bytes()
    elsewhere = contender.parsing_elsewhere() - elsewhere
    contender.close()
    children = children_cpu_seconds()
    failures = Counter((ends | again).values())
    return Result(
        contender=plan.contender,
        threads=plan.threads,
        n_sites=len(plan.hosts),
        n_found=failures.pop("", 0),
        wall_seconds=wall,
        tail_seconds=tail,
        n_tried_again=len(slow),
        n_found_again=list(again.values()).count(""),
        cpu_seconds=cpu + children,
        parsing_seconds=parsing.seconds + elsewhere,
        decoding_seconds=children - elsewhere,
        peak_bytes=peak,
        failures=dict(failures.most_common()),
    )


def _all(
    look: Callable[[str], str], hosts: Sequence[str], threads: int
) -> tuple[dict[str, str], float]:
    """Return what came of each host, and how long all of them took."""
    if not hosts:
        return {}, 0.0
    start = time.perf_counter()
    with ThreadPoolExecutor(threads) as pool:
        ends = dict(zip(hosts, pool.map(look, hosts), strict=True))
    return ends, time.perf_counter() - start


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
