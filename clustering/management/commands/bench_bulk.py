"""Benchmark of bulk mode: ``bench_bulk --n 1000000 --engine ray``."""

import os
import subprocess
from argparse import ArgumentParser
from pathlib import Path
from tempfile import TemporaryDirectory
from typing import Any

import numpy as np
from django.core.management.base import BaseCommand, CommandError
from numpy.typing import NDArray

from clustering.lab.bench.bulk import both_modes, planting, running, toy_sites
from clustering.lab.bench.bulk.running import Watched
from clustering.lab.bench.clustering.running import adjusted_rand, apart
from clustering.pipeline.bulk.store import Store

Labels = NDArray[np.int64]


class Command(BaseCommand):
    """Prints throughput per core, memory, and the agreement with one process."""

    requires_system_checks = ()
    help = (
        "Cluster planted logos in shards and in one process, and compare. "
        "Example: manage.py bench_bulk --n 100000 1000000 --engine ray --kills 10"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--n", type=int, nargs="+", default=[100_000], help="logos (default: 100000)"
        )
        parser.add_argument("--engine", default="processes", help="engine, as for manage.py bulk")
        parser.add_argument("--workers", type=int, default=os.cpu_count(), help="processes")
        parser.add_argument(
            "--block",
            type=int,
            default=1_000_000,
            help="logos planted at once: brands of different blocks differ (default: 1000000)",
        )
        parser.add_argument(
            "--alone", action="store_true", help="leave out the comparison with one process"
        )
        parser.add_argument(
            "--kills", type=int, default=0, help="run again, kill N workers, compare all bytes"
        )
        parser.add_argument(
            "--sites",
            type=int,
            metavar="N",
            help="instead, fetch N toy sites in shards and as the interactive mode does, "
            "and compare the logos found",
        )
        parser.add_argument("--folder", type=Path, help="for the files; temporary if not given")

    def handle(self, *_: object, n: list[int], folder: Path | None, **options: Any) -> None:
        if options["sites"]:
            with TemporaryDirectory(prefix="bench-bulk-", dir=folder) as place:
                self._fetch(Path(place), options["sites"], options["engine"], options["workers"])
            return
        peaks = []
        for n_rows in n:
            with TemporaryDirectory(prefix="bench-bulk-", dir=folder) as place:
                try:
                    peaks.append(self._measure(Path(place), n_rows, **options))
                except subprocess.CalledProcessError as error:
                    raise CommandError(f"a run ended with status {error.returncode}") from error
        if len(peaks) > 1:
            self.stdout.write(f"peak of one process, last to first: {peaks[-1] / peaks[0]:.2f}")

    def _fetch(self, folder: Path, n_sites: int, engine: str, workers: int) -> None:
        toy_sites.write_toy_sites(folder, n_sites)
        cost, shards = both_modes.fetched_in_shards(folder, engine=engine, workers=workers)
        self.stdout.write(_site_line(n_sites, f"{engine}, {workers} workers, all stages", cost))
        cost, interactive = both_modes.fetched_interactively(folder)
        self.stdout.write(_site_line(n_sites, "interactive, fetching", cost))
        n_equal = sum(shards.get(name) == found for name, found in interactive.items())
        n_found = sum(not code for *_, code in interactive.values())
        self.stdout.write(
            f"  equal results: {n_equal:,} of {n_sites:,} ({n_found:,} logos, "
            f"{len(interactive) - n_found:,} errors; {len(shards):,} results of shards)"
        )

    def _measure(self, folder: Path, n_rows: int, **options: Any) -> int:
        truth = planting.plant_blocks(Store(str(folder)), n_rows, options["block"])
        how = {"engine": options["engine"], "workers": options["workers"]}
        found = running.watched_run(folder, **how)
        labels = running.labels_of(folder)
        self.stdout.write(_line(n_rows, f"{how['engine']}, {how['workers']} workers", found))
        self.stdout.write(_quality(labels, truth, running.largest_component(folder)))
        if not options["alone"]:
            self._compare(folder, found, labels, truth)
        if options["kills"]:
            self._disturb(folder, options["kills"], **how)
        return found.peak_bytes

    def _compare(self, folder: Path, found: Watched, labels: Labels, truth: Labels) -> None:
        one = running.in_process(folder)
        self.stdout.write(_line(len(truth), "one process", one.cost))
        self.stdout.write(_quality(one.labels, truth, one.largest_component))
        self.stdout.write(
            f"  throughput per core: {one.cost.cpu_seconds / found.cpu_seconds:.0%} of one "
            f"process; agreement (ARI): {adjusted_rand(labels, apart(one.labels)):.6f}; "
            f"equal labels: {np.array_equal(labels, one.labels)}"
        )

    def _disturb(self, folder: Path, n_kills: int, *, engine: str, workers: int) -> None:
        before = running.digests(folder)
        running.remove_results(folder)
        found = running.watched_run(folder, engine=engine, workers=workers, n_kills=n_kills)
        is_same = running.digests(folder) == before
        self.stdout.write(
            f"  {found.n_killed} workers killed, {len(before)} files: "
            + ("the same bytes" if is_same else "the bytes DIFFER")
        )


def _line(n_rows: int, how: str, found: Watched) -> str:
    wall = f", {found.wall_seconds:,.0f} s" if found.wall_seconds else ""
    return (
        f"{n_rows:>12,}  {how:<24}{found.cpu_seconds:>9,.0f} CPU s{wall}, "
        f"{n_rows / found.cpu_seconds:,.0f} logos/s/core, "
        f"{found.peak_bytes / 1e6:,.0f} MB peak of a process"
    )


def _site_line(n_sites: int, how: str, found: Watched) -> str:
    return (
        f"{n_sites:>12,}  {how:<36}{found.cpu_seconds:>9,.0f} CPU s, {found.wall_seconds:,.0f} s, "
        f"{n_sites / found.cpu_seconds:,.0f} sites/s/core, "
        f"{found.peak_bytes / 1e6:,.0f} MB peak of a process"
    )


def _quality(labels: Labels, truth: Labels, largest_component: int) -> str:
    return (
        f"  agreement with the truth (ARI): {adjusted_rand(labels, truth):.6f}; largest "
        f"component: {largest_component:,} images, largest brand: {np.bincount(truth).max():,}"
    )
