"""One contender in a process of its own: a plan as JSON on standard input, a result on output."""

import json
import sys
import time
from collections import Counter
from collections.abc import Callable, Mapping
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
    elsewhere = contender.parsing_elsewhere()
    start, cpu_before = time.perf_counter(), cpu_seconds()
    with ThreadPoolExecutor(plan.threads) as pool:
        failures = Counter(pool.map(contender.look, plan.hosts))
    wall, cpu, peak = time.perf_counter() - start, cpu_seconds() - cpu_before, peak_bytes()
    elsewhere = contender.parsing_elsewhere() - elsewhere
    contender.close()
    children = children_cpu_seconds()
    return Result(
        contender=plan.contender,
        threads=plan.threads,
        n_sites=len(plan.hosts),
        n_found=failures.pop("", 0),
        wall_seconds=wall,
        cpu_seconds=cpu + children,
        parsing_seconds=parsing.seconds + elsewhere,
        decoding_seconds=children - elsewhere,
        peak_bytes=peak,
        failures=dict(failures.most_common()),
    )


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
