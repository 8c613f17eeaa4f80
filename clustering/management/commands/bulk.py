"""Bulk mode: ``bulk plan LIST FOLDER``, ``bulk run|resume|status FOLDER``."""

import os
import time
from argparse import ArgumentParser
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.models import Dataset, User
from clustering.pipeline.bulk import constraints, planning, running
from clustering.pipeline.bulk.engines import Engine, Processes
from clustering.pipeline.bulk.estimates import CORE_HOUR_DOLLARS, estimate
from clustering.pipeline.bulk.on_ray import OnRay
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.running import StageProgress
from clustering.pipeline.bulk.sites import ADDRESS_RATE, FetchPlan
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.embedders import DEFAULT
from clustering.pipeline.errors import PipelineError
from clustering.pipeline.web.politeness import MAX_IN_FLIGHT, MAX_REQUESTS
from clustering.services.datasets import bulk_import

ARCHIVE: Final = ".warc"  # in names such as crawl.warc.gz
ENGINES: Final[dict[str, Callable[[int], Engine]]] = {"processes": Processes, "ray": OnRay}


class Command(BaseCommand):
    """Runs the tasks of a bulk run whose files are missing, and prints progress."""

    requires_system_checks = ()
    help = (
        "Fetch and cluster very long lists in shards. "
        "Example: manage.py bulk run s3://bucket/run --workers 8"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        actions = parser.add_subparsers(dest="action", required=True)
        _add_plan(actions.add_parser("plan", help="divide a list into shards; estimate the cost"))
        for name, text in (
            ("run", "compute what is missing"),
            ("resume", "the same, after an interruption"),
        ):
            action = actions.add_parser(name, help=text)
            _add_folder(action)
            action.add_argument(
                "--workers",
                type=int,
                default=os.cpu_count(),
                help="processes, e.g. 4 (default: one for each core)",
            )
            action.add_argument(
                "--engine",
                choices=list(ENGINES),
                default="processes",
                help="processes of this machine, or ray: the cluster of RAY_ADDRESS, "
                "else Ray on this machine (default: %(default)s)",
            )
        action = actions.add_parser("import", help="make a data set whose rows are the clusters")
        _add_folder(action)
        action.add_argument("--user", required=True, help="owner of the data set, e.g. alice")
        action.add_argument(
            "--clusters",
            type=int,
            default=10_000,
            help="how many of the largest (default: %(default)s)",
        )
        _add_folder(actions.add_parser("status", help="print shards done, failing, rate and ETA"))

    def handle(self, *_: object, action: str, folder: str, **options: Any) -> None:
        try:
            if action == "plan":
                self._plan(folder, **options)
            elif action == "import":
                self._import(folder, options["user"], options["clusters"])
            elif action == "status":
                self._status(folder)
            else:
                self._run(folder, ENGINES[options["engine"]](options["workers"]))
        except PipelineError as error:
            raise CommandError(str(error)) from error

    def _plan(self, folder: str, *, path: list[Path], **options: Any) -> None:
        fetching = conf.fetch_options()
        fetch = FetchPlan(
            n_shards=0,
            n_domains=0,
            embedder=options["embedder"],
            weights_dir=str(conf.places().weights),
            user_agent=fetching.user_agent,
            threads=fetching.threads,
            n_fetchers=options["fetchers"],
            deadline_seconds=float(fetching.deadline_seconds),
            deny_cidrs=fetching.deny_cidrs,
            obeys_robots=fetching.obeys_robots,
            web=str(options["web"].resolve()) if options["web"] else "",
        )
        if all(ARCHIVE in one.name for one in path):
            plan = planning.plan_archives(folder, path, fetch)
        elif len(path) == 1:
            plan = planning.plan_list(folder, planning.domains_of(path[0]), fetch)
        else:
            raise CommandError("give one list of domains, or WARC files only")
        if options["decisions"]:
            groups = _decided(options["user"], options["decisions"])
            constraints.save(Store(folder), groups)
            self.stdout.write(f"{len(groups):,} groups of clusters are joined")
        for line in _plan_lines(plan, options["core_hour_price"]):
            self.stdout.write(line)

    def _import(self, folder: str, user: str, clusters: int) -> None:
        dataset = bulk_import.import_clusters(_user(user), folder, limit=clusters)
        self.stdout.write(f"data set {dataset.slug}: a worker reads it now")

    def _status(self, folder: str) -> None:
        for progress in running.progress(folder):
            self.stdout.write(_line(progress))
        for code, n_failed in running.failures(folder):
            self.stdout.write(f"  {n_failed:,} domains without a logo: {code}")

    def _run(self, folder: str, engine: Engine) -> None:
        clock = _Clock()
        with engine:
            running.run(
                folder,
                engine,
                lambda progress: self.stdout.write(f"{_line(progress)}  {clock.tell(progress)}"),
            )
        self.stdout.write(f"labels: {folder}/labels, of domains: {folder}/domains")


def _user(name: str) -> User:
    found = User.objects.filter(username=name).first()
    if found is None:
        raise CommandError(f"no user is called {name!r}")
    return found


def _decided(user: str, slug: str) -> list[list[str]]:
    dataset = Dataset.objects.for_user(_user(user)).filter(slug=slug).first()
    run = dataset.runs.succeeded().first() if dataset else None
    if run is None:
        raise CommandError(f"{user} has no data set {slug} with a finished run")
    return bulk_import.decided_groups(run)


def _add_plan(parser: ArgumentParser) -> None:
    parser.add_argument(
        "path",
        type=Path,
        nargs="+",
        help="list of domains: any upload format, or .txt of any length; or WARC files, whose "
        "home pages are read instead of fetched",
    )
    _add_folder(parser)
    parser.add_argument(
        "--decisions",
        metavar="SLUG",
        help="data set of bulk import: clusters that people joined there are joined in this run",
    )
    parser.add_argument("--user", default="", help="a member of that data set")
    parser.add_argument("--embedder", default=DEFAULT, help="(default: %(default)s)")
    parser.add_argument(
        "--fetchers",
        type=int,
        default=os.cpu_count(),
        help="processes that will fetch at a time, all machines together, e.g. 200: they share "
        "the limit of connections to one address (default: one for each core)",
    )
    parser.add_argument(
        "--web", type=Path, help="recorded responses in place of the network, e.g. web.zip"
    )
    parser.add_argument(
        "--core-hour-price",
        type=float,
        default=CORE_HOUR_DOLLARS,
        help="dollars, e.g. 0.03 (default: %(default)s)",
    )


def _plan_lines(plan: Plan, core_hour_price: float) -> Iterator[str]:
    fetch = plan.fetch
    if fetch is None:
        return
    cost = estimate(fetch.n_domains)
    yield f"{fetch.n_domains:,} domains in {fetch.n_shards:,} shards"
    yield (
        f"core-hours   {cost.core_hours:,.1f}: fetching {cost.fetching_hours:,.1f}, "
        f"embedding {cost.embedding_hours:,.1f}, clustering {cost.clustering_hours:,.1f}"
    )
    yield f"cost         {cost.dollars(core_hour_price):,.2f} dollars of cores, without traffic"
    hours = cost.fetching_hours / max(1, fetch.n_fetchers)
    yield f"time         {hours:,.1f} hours to fetch with {fetch.n_fetchers:,} processes"
    yield (
        f"bytes        {cost.downloaded_bytes / 1e9:,.1f} GB downloaded, "
        f"{cost.stored_bytes / 1e9:,.1f} GB of files"
    )
    yield (
        f"politeness   {MAX_IN_FLIGHT} requests at a time and {MAX_REQUESTS} in all to one site; "
        f"{ADDRESS_RATE:g} new connections a second to one address, "
        f"{ADDRESS_RATE / max(1, fetch.n_fetchers):.2g} from each process"
    )


def _add_folder(parser: ArgumentParser) -> None:
    parser.add_argument("folder", help="folder of the run, or an address such as s3://bucket/run")


def _line(progress: StageProgress) -> str:
    n_tasks = "?" if progress.n_tasks is None else f"{progress.n_tasks:,}"
    size = f"  {progress.n_bytes / 1e6:,.1f} MB" if progress.n_bytes else ""
    return f"{progress.stage:<12}{progress.n_done:>9,} of {n_tasks}{size}"


class _Clock:
    """Tells the rate of a stage, and when it will be done."""

    def __init__(self) -> None:
        self._stage, self._n_before, self._started = "", 0, time.monotonic()

    def tell(self, progress: StageProgress) -> str:
        if progress.stage != self._stage:
            self._stage, self._n_before = progress.stage, progress.n_done
            self._started = time.monotonic()
            return ""
        seconds = time.monotonic() - self._started
        rate = (progress.n_done - self._n_before) / max(seconds, 1e-3)
        left = ((progress.n_tasks or 0) - progress.n_done) / rate
        return f"{rate * 60:,.1f} a minute, {left / 60:,.0f} minutes left"
