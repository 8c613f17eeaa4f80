"""Fit the chances of the logo finders: ``fit_finders [DIR ...] [--decisions]``."""

from argparse import ArgumentParser
from collections.abc import Sequence
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.evaluation import chance_fit
from clustering.lab.evaluation.chance_fit import Example
from clustering.lab.evaluation.home_pages.catalogue import HOME_PAGES
from clustering.lab.evaluation.recorded_pages import made_pages, recorded_pages
from clustering.pipeline.errors import InputError
from clustering.pipeline.finders.chances import SIGNS
from clustering.selectors.judged_logos import judged_answers


class Command(BaseCommand):
    """Prints the weights for ``finders/chances.py`` and how reliable they are."""

    requires_system_checks = ()
    help = (
        "Fit the chance that a found logo is right, on labelled pages (see evaluate_finders), the "
        "generated home pages, and with --decisions on what people chose in this installation."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "folders", type=Path, nargs="*", metavar="DIR", help="folders of labelled pages"
        )
        parser.add_argument(
            "--decisions", action="store_true", help="use manual choices of logos too"
        )

    def handle(self, *_: object, folders: list[Path], decisions: bool, **__: object) -> None:
        pages = made_pages(HOME_PAGES)
        try:
            for folder in folders:
                pages += recorded_pages(folder)
        except InputError as error:
            raise CommandError(str(error)) from error
        found = chance_fit.examples(pages)
        if decisions:
            found += [
                chance_fit.example(one.domain, one.answer, is_right=one.is_right)
                for one in judged_answers()
            ]
        self.stdout.write("weights")
        for name, weight in zip(SIGNS, chance_fit.fit(found), strict=True):
            self.stdout.write(f'    "{name}": {weight:.2f},')
        chances = chance_fit.cross_validated(found)
        self._print("pages as they are", found, chances, is_changed=False)
        self._print("pages with hints removed or logos inserted", found, chances, is_changed=True)

    def _print(
        self, name: str, found: Sequence[Example], chances: chance_fit.Vector, *, is_changed: bool
    ) -> None:
        places = [n for n, one in enumerate(found) if (one.weight < 1.0) == is_changed]
        self.stdout.write(f"\n{name}, cross-validated by site")
        self.stdout.write(
            f"{'chance from':>12}{'answers':>9}{'right':>8}{'share':>8}{'predicted':>11}"
        )
        for band in chance_fit.reliability([found[n] for n in places], chances[places]):
            share = band.n_right / band.n
            self.stdout.write(
                f"{band.low:>12.2f}{band.n:>9}{band.n_right:>8}{share:>8.3f}{band.predicted:>11.3f}"
            )
