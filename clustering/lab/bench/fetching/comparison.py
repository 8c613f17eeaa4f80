"""Runs both contenders against one server, each in a new process."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from typing import Final

from clustering.lab import ROOT
from clustering.lab.bench.fetching import Plan, Result
from clustering.lab.bench.fetching.serving import serving
from clustering.lab.bench.fetching.sites import hosts
from clustering.services.fetching.worker import retry_threads
from logosite.processes import ALLOCATOR

PLAIN_THREADS: Final = 30
_PACKAGE: Final = "clustering.lab.bench.fetching"


def compare(n_sites: int, *, threads: int, decoders: int) -> tuple[Result, Result]:
    """Return the costs of the product's fetcher and the plain loop on the same sites.

    Raises:
        subprocess.CalledProcessError: if a contender ended without a result.
    """
    names = hosts(n_sites)
    with serving("server") as port:
        ours = _run(Plan("logosite", port, names, threads, decoders, retry_threads(threads)))
        plain = _run(Plan("plain", port, names, PLAIN_THREADS, 0, 0))
    return ours, plain


def _run(plan: Plan) -> Result:
    done = subprocess.run(  # noqa: S603 - our own interpreter, our own code
        [sys.executable, "-m", f"{_PACKAGE}.contender"],
        cwd=ROOT,
        env={**ALLOCATOR, **os.environ},  # as workers have it
        input=json.dumps(asdict(plan)),
        stdout=subprocess.PIPE,
        text=True,
        check=True,
    )
    return Result(**json.loads(done.stdout))
