"""Upload logos to a running product, review them in Chromium, and print the figures.

``python -m clustering.lab.bench.review.driver LOGOS LABELS keys|map SITE_URL CHROMIUM``, in the
environment of the product.
"""

import os
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import TYPE_CHECKING

import django

if TYPE_CHECKING:
    from playwright.sync_api import Page

    from clustering.lab.bench.review.keyboard import Keyboard
    from clustering.lab.bench.review.reviewer import Reviewer

REQUESTS = """performance.getEntriesByType("resource")
  .filter(({ initiatorType }) => ["xmlhttprequest", "fetch"].includes(initiatorType))
  .map(({ duration }) => duration)"""


def main() -> None:
    logos, labels, way, url, chromium = sys.argv[1:]
    # Playwright keeps an event loop; this process has one thread, and only reads.
    os.environ["DJANGO_ALLOW_ASYNC_UNSAFE"] = "true"
    django.setup()
    from playwright.sync_api import sync_playwright

    from clustering.lab.bench.curation.answering import brands
    from clustering.lab.bench.map import Site
    from clustering.lab.bench.map.browser import signed_in
    from clustering.lab.bench.map.planted_run import session_of
    from clustering.lab.bench.review import figures
    from clustering.lab.bench.review.keyboard import Keyboard
    from clustering.lab.bench.review.reviewer import Reviewer
    from clustering.lab.bench.upload.driver import upload
    from clustering.pipeline.embedders import DEFAULT

    dataset, _ = upload(Path(logos), DEFAULT)
    run = dataset.runs.get()
    truth = figures.truth_of(Path(labels), run)
    n_outliers, before = figures.n_undecided(run), figures.f1(run, truth)
    site = Site(url=url, slug=dataset.slug, **session_of(dataset.owner))
    watch = Path(__file__).with_name("watching.js").read_text(encoding="utf-8")
    with sync_playwright() as playwright, signed_in(playwright, chromium, site, watch) as page:
        keyboard = Keyboard(page, run)
        reviewer = Reviewer(run, brands(truth), keyboard)
        root = f"{url}/d/{dataset.slug}"
        if way == "keys":
            lines = _by_keys(root, keyboard, reviewer, n_outliers)
        else:
            lines = _on_map(page, root, reviewer, n_outliers)
        for line in lines:
            print(line)  # noqa: T201 - read by the bench
        seconds = [one / 1000 for one in page.evaluate(REQUESTS)]
    print(figures.told_times("requests", seconds))  # noqa: T201
    print(figures.told_f1(before, figures.f1(run, truth)))  # noqa: T201


def _by_keys(
    root: str, keyboard: "Keyboard", reviewer: "Reviewer", n_outliers: int
) -> Iterator[str]:
    from clustering.lab.bench.review import figures

    keyboard.page.goto(f"{root}/review/", wait_until="networkidle")
    session = reviewer.work()
    yield from figures.told_cards(session, n_outliers)
    yield figures.told_times("key to next card", keyboard.seen)
    yield figures.told_times("until it can be answered", session.seconds)


def _on_map(page: "Page", root: str, reviewer: "Reviewer", n_outliers: int) -> Iterator[str]:
    from clustering.lab.bench.review import figures
    from clustering.lab.bench.review.on_map import MapReviewer

    page.goto(f"{root}/map/")
    page.locator("#map-search:not([aria-busy])").wait_for()
    session = MapReviewer(page, reviewer).work()
    yield f"outliers                 {n_outliers}, {session.n_outliers} of them decided about"
    yield f"decisions                {session.n_decisions}"
    yield f"actions                  {session.n_actions}"
    yield figures.told_times("decision to drawn map", session.seconds)


if __name__ == "__main__":
    main()
