"""Read a backup into a new, empty installation: ``restore FOLDER``."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError

from clustering.pipeline.errors import InputError
from clustering.services.backup import whole


class Command(BaseCommand):
    help = "Read a backup into an empty database and storage, after all digests were compared."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("folder", type=Path, help="folder written by manage.py backup")

    def handle(self, *_: object, folder: Path, **__: object) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        try:
            report = whole.restore(folder)
        except InputError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(
            f"restored {report.n_rows} rows and {report.n_files} files; now run verify_dataset"
        )
