"""Copy all rows and files into a folder: ``backup FOLDER``; the product may go on working."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.pipeline.errors import InputError
from clustering.services.backup import whole


class Command(BaseCommand):
    help = "Copy all rows and files into a new folder, while the product works."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="a folder that does not exist yet")

    def handle(self, *_: object, folder: Path, **__: object) -> None:
        try:
            report = whole.write(folder)
        except InputError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"{report.n_rows} rows and {report.n_files} files"
            f" ({report.n_bytes / 1e6:.1f} MB) are in {folder}"
        )
        if report.n_missing:
            self.stdout.write(
                f"{report.n_missing} files were not there: deleted meanwhile, or lost;"
                " verify_dataset names those that a data set misses"
            )
