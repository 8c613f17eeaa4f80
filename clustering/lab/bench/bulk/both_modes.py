"""Fetches the same toy sites in shards and in the interactive mode."""

import json
import subprocess
import sys
from pathlib import Path
from typing import Final

from clustering.lab import ROOT
from clustering.lab.bench import isolated
from clustering.lab.bench.bulk import running
from clustering.lab.bench.bulk.running import Watched
from clustering.lab.bench.bulk.toy_sites import LIST_FILE, WEB_FILE
from clustering.pipeline.bulk.fetching import FETCH
from clustering.pipeline.bulk.store import Store

COLUMNS: Final = ("sha256", "finder", "source_url", "kind", "error_code")

Found = dict[str, list[str]]
"""By domain: hash of the logo, finder, address, kind, and error code; "" for none."""


def fetched_in_shards(folder: Path, *, engine: str, workers: int) -> tuple[Watched, Found]:
    """Fetch, embed and cluster the sites in shards; return the cost of all, and the logos."""
    run = folder / "run"
    plan = ["bulk", "plan", str(folder / LIST_FILE), str(run), "--web", str(folder / WEB_FILE)]
    subprocess.run(  # noqa: S603  # our own interpreter, our own code
        [sys.executable, "manage.py", *plan], cwd=ROOT, stdout=subprocess.DEVNULL, check=True
    )
    cost = running.watched_run(run, engine=engine, workers=workers)
    store = Store(str(run))
    rows = (
        row
        for shard in sorted(store.finished(FETCH))
        for row in store.read(FETCH, shard, ["domain", *COLUMNS]).to_pylist()
    )
    return cost, {row["domain"]: [row[name] or "" for name in COLUMNS] for row in rows}


def fetched_interactively(folder: Path) -> tuple[Watched, Found]:
    """Fetch the sites as the workers of the product do; return the cost and the logos."""
    environment = isolated.environment(str(folder / "var"), site_url="http://127.0.0.1")
    found_file = folder / "found.json"
    files = [str(folder / name) for name in (LIST_FILE, WEB_FILE)]
    child = [sys.executable, "-m", f"{__package__}.interactive", *files, str(found_file)]
    cost = running.watched(child, environment)
    return cost, json.loads(found_file.read_text())
