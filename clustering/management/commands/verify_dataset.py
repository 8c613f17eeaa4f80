"""Compare counts and files of data sets with their rows: ``verify_dataset [SLUG ...] [--fix]``."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from clustering.models import Dataset
from clustering.services import counts, open_reviews
from clustering.services.backup import files


class Command(BaseCommand):
    help = (
        "Compare the kept counts of data sets and their runs with the rows, and their files with "
        "the digests that name them; fail where they differ. "
        "Example: verify_dataset brands-1a2b3c --fix"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", help="data sets by slug; all of them if none")
        parser.add_argument("--fix", action="store_true", help="set wrong counts from the rows")

    def handle(self, *_: object, slugs: list[str], fix: bool, **__: object) -> None:
        found = Dataset.objects.order_by("pk")
        if slugs:
            found = found.filter(slug__in=slugs)
        missing = set(slugs) - set(found.values_list("slug", flat=True))
        if missing:
            raise CommandError(f"no such data set: {', '.join(sorted(missing))}")
        n_wrong = sum(self._verify(dataset, fix=fix) for dataset in found)
        if n_wrong and not fix:
            raise CommandError(f"{n_wrong} counts differ; --fix sets them from the rows")
        n_damaged = sum(self._verify_files(dataset) for dataset in found)
        if n_damaged:
            raise CommandError(f"{n_damaged} files are missing or damaged; restore them")

    def _verify_files(self, dataset: Dataset) -> int:
        lines = files.damaged(dataset)
        for line in lines:
            self.stdout.write(f"{dataset.slug}: {line}")
        if not lines:
            self.stdout.write(f"{dataset.slug}: all files are there and unchanged")
        return len(lines)

    def _verify(self, dataset: Dataset, *, fix: bool) -> int:
        differences = counts.differences(dataset)
        for line in differences:
            self.stdout.write(f"{dataset.slug}: {line}")
        if not differences:
            self.stdout.write(f"{dataset.slug}: counts agree with the rows")
        elif fix:
            counts.recount_domains(dataset)
            for run in dataset.runs.succeeded():
                counts.recount(run)
                open_reviews.recount_items(run)
        return len(differences)
