"""A nightly job: add domains, run, keep the exports.

    python nightly.py SLUG list.txt FOLDER

Needs clients/python (``pip install clients/python``), LOGOSITE_URL and LOGOSITE_TOKEN (scope
curate). The whole list may be sent every night: known domains are skipped. The new run begins
when the new sites were fetched, and keeps the decisions of people.
"""

import os
import sys
from datetime import UTC, datetime
from pathlib import Path

from logosite_client import Logosite

FILES = ("domains.parquet", "edges.parquet", "curation.json")


def nightly(site: Logosite, slug: str, names: list[str], folder: Path) -> int:
    """Add ``names``, start a run if any is new, and save its exports; return how many are new."""
    n_new = site.add(slug, names)["n_new"]
    if n_new:
        site.start_run(slug)
    run = site.wait(slug)
    if run["status"] != "succeeded":
        raise SystemExit(f"the run failed: {run['error_detail']}")
    today = folder / f"{datetime.now(UTC):%Y-%m-%d}"
    today.mkdir(parents=True, exist_ok=True)
    for file in FILES:
        site.export(slug, file, today / file)
    return n_new


if __name__ == "__main__":
    slug, source, target = sys.argv[1:]
    site = Logosite(os.environ["LOGOSITE_URL"], os.environ["LOGOSITE_TOKEN"])
    added = nightly(site, slug, Path(source).read_text().split(), Path(target))
    outliers = [one["domain"] for one in site.outliers(slug)]
    print(f"{added} new domains; {len(outliers)} outliers, likeliest first: {outliers[:10]}")
