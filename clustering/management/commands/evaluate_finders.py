"""Hold the finders against recorded pages: ``evaluate_finders DIR [--json]``; no network."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.pipeline.errors import InputError
from clustering.pipeline.finders.measuring import Answer, Figures, figures, measure


class Command(BaseCommand):
    """Prints the figures, and the pages whose answer is not the one of a person."""

    requires_system_checks = ()
    help = "Measure the finders on DIR/*/{page.html.gz,truth.json}."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("folder", type=Path, metavar="DIR")
        parser.add_argument("--json", action="store_true", dest="as_json")

    def handle(self, *_: object, folder: Path, as_json: bool, **__: object) -> None:
        """Measure and print."""
        try:
            answers = measure(folder)
        except InputError as error:
            raise CommandError(str(error)) from error
        if as_json:
            self.stdout.write(json.dumps(asdict(figures(answers))))
            return
        self._print(figures(answers), [answer for answer in answers if not answer.is_strict])

    def _print(self, found: Figures, missed: list[Answer]) -> None:
        for answer in missed:
            line = f"{answer.site}: {answer.verdict}, {answer.score:.0f} points, {answer.finder}"
            self.stdout.write(f"{line} {answer.source_url[:100]}")
        for name, value in asdict(found).items():
            text = f"{value:.4f}" if isinstance(value, float) else str(value)
            self.stdout.write(f"{name:<18}{text}")
