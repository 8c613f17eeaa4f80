"""Evaluate the logo finders: ``evaluate_finders [DIR] [--json|--ablate]``."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.evaluation.finder_ablation import ABLATIONS
from clustering.lab.evaluation.finders import Figures, PageScore, figures, measure, wilson
from clustering.lab.evaluation.home_pages.catalogue import HOME_PAGES
from clustering.lab.evaluation.recorded_pages import RecordedPage, made_pages, recorded_pages
from clustering.pipeline.errors import InputError


class Command(BaseCommand):
    """Prints the figures and the pages with a wrong answer."""

    requires_system_checks = ()
    help = (
        "Evaluate the logo finders on labelled pages: DIR/*/{page.html.gz or page.warc.gz,"
        "truth.json} or DIR/*.{html,json}; without DIR on generated home pages."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folder", type=Path, nargs="?", metavar="DIR", help="folder of labelled pages"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
        parser.add_argument(
            "--ablate", action="store_true", help="remove hints and insert other logos"
        )

    def handle(
        self, *_: object, folder: Path | None, as_json: bool, ablate: bool, **__: object
    ) -> None:
        try:
            pages = recorded_pages(folder) if folder else made_pages(HOME_PAGES)
            answers = measure(pages)
            if ablate:
                self._print_ablations(pages, answers)
                return
        except InputError as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps(asdict(figures(answers))))
            return
        self._print(figures(answers), [answer for answer in answers if not answer.is_strict])
        self._print_kinds(answers)

    def _print_ablations(self, pages: list[RecordedPage], as_they_are: list[PageScore]) -> None:
        self.stdout.write(f"{'':<34}{'strict %':>9}{'wrong %':>9}{'right above':>13}")
        self.stdout.write(_line("as they are", figures(as_they_are)))
        for name, change in ABLATIONS.items():
            self.stdout.write(_line(name, figures(measure(pages, change))))

    def _print(self, found: Figures, missed: list[PageScore]) -> None:
        for answer in missed:
            line = f"{answer.site}: {answer.verdict}, {answer.score:.0f} points, {answer.finder}"
            self.stdout.write(f"{line} {answer.source_url[:100]}")
            self.stdout.write(f"    {answer.lost}")
        for name, value in asdict(found).items():
            text = f"{value:.4f}" if isinstance(value, float) else str(value)
            self.stdout.write(f"{name:<18}{text}{_interval(name, found)}".rstrip())

    def _print_kinds(self, answers: list[PageScore]) -> None:
        """Print the strict share by kind of page, where the truth names several."""
        kinds = sorted({answer.kind for answer in answers})
        for kind in kinds if len(kinds) > 1 else ():
            part = figures([answer for answer in answers if answer.kind == kind])
            text = f"{part.strict:.4f} of {part.n}{_interval('strict', part)}"
            self.stdout.write(f"strict, {kind or 'unlabelled':<18}{text}")


def _interval(name: str, found: Figures) -> str:
    """Return the 95 % interval of a share, or an empty string for other figures."""
    trials = {
        "strict": found.n,
        "lenient": found.n,
        "wrong": found.n,
        "right_above": found.n_above,
        "right_below": found.n_below,
    }
    if name not in trials:
        return ""
    low, high = wilson(getattr(found, name), trials[name])
    return f"  ({low:.4f} to {high:.4f})"


def _line(name: str, found: Figures) -> str:
    above = f"{round(found.right_above * found.n_above)} of {found.n_above}"
    return f"{name:<34}{100 * found.strict:>9.1f}{100 * found.wrong:>9.1f}{above:>13}"
