"""Print for how many domains there is a logo, and where the others were lost."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clustering.models import Dataset
from clustering.selectors.coverage import Coverage, coverage


class Command(BaseCommand):
    help = (
        "Print the coverage of data sets: logos, icons, and where the other domains were lost. "
        "Example: coverage brands-1a2b3c"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("slugs", nargs="*", help="data sets by slug; all of them if none")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, slugs: list[str], as_json: bool, **__: Any) -> None:
        found = Dataset.objects.filter(deleted_at__isnull=True).order_by("pk")
        if slugs:
            found = found.filter(slug__in=slugs)
        missing = set(slugs) - set(found.values_list("slug", flat=True))
        if missing:
            raise CommandError(f"no such data set: {', '.join(sorted(missing))}")
        covered = {dataset.slug: coverage(dataset) for dataset in found}
        if as_json:
            self.stdout.write(json.dumps({slug: asdict(one) for slug, one in covered.items()}))
            return
        for slug, one in covered.items():
            self.stdout.write("\n".join(_lines(slug, one)))


def _lines(slug: str, found: Coverage) -> list[str]:
    head = f"{slug}: {found.share_covered:.1%} of {found.n_domains} domains have a logo or an icon"
    lines = [
        f"  {part.label:<16}{part.n:>9}{part.share:>8.1%}  {part.advice}" for part in found.parts
    ]
    return [head, *lines, f"  {found.n_by_services} of them by logo services"]
