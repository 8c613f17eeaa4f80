"""Compare a clustering with labels."""

import json
from argparse import ArgumentParser
from dataclasses import asdict
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.models import LabelSource, Run
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth, evaluate
from clustering.pipeline.evaluation.label_files import for_names, read_labels
from clustering.selectors import export_rows


class Command(BaseCommand):
    """Prints the figures of docs/quality.md."""

    help = (
        "Compare a run, or a clusters.json, with labels.csv (domain,brand,look,kind). "
        "Example: manage.py evaluate run-1 labels.csv"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run_or_json", help="slug of a run, or an exported JSON file")
        parser.add_argument("labels", type=Path, help="CSV: domain,brand[,look,kind]")
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")
        parser.add_argument(
            "--brands", action="store_true", help="of a run: score brands, not clusters"
        )
        parser.add_argument("--machine", action="store_true", help="ignore corrections")

    def handle(self, *_: object, run_or_json: str, labels: Path, **options: bool) -> None:
        answer = LabelSource.MACHINE if options["machine"] else LabelSource.CORRECTED
        clustering = _clustering(run_or_json, answer, has_brands=options["brands"])
        truth = for_names(_truth(labels), clustering)
        if not truth:
            raise CommandError(f"{labels} labels none of the domains of {run_or_json}")
        agreement = asdict(evaluate(clustering, truth))
        if options["as_json"]:
            self.stdout.write(json.dumps(agreement))
            return
        for name, value in agreement.items():
            text = f"{value:.4f}" if isinstance(value, float) else str(value)
            self.stdout.write(f"{name:<22}{text}")


def _clustering(
    run_or_json: str, label_source: LabelSource, *, has_brands: bool
) -> dict[str, int]:
    file = Path(run_or_json)
    if file.is_file():
        return _from_file(file)
    run = Run.objects.succeeded().filter(slug=run_or_json).first()
    if run is None:
        raise CommandError(f"{run_or_json!r} is neither a file nor a finished run")
    return export_rows.brand_labels(run) if has_brands else export_rows.labels(run, label_source)


def _from_file(file: Path) -> dict[str, int]:
    try:
        document = json.loads(file.read_bytes())
        if "items" in document:
            placed = [item for item in document["items"] if item["cluster_number"] is not None]
            return {item["domain"]: int(item["cluster_number"]) for item in placed}
        return {domain: int(key) for key, names in document.items() for domain in names}
    except (ValueError, KeyError, TypeError, AttributeError) as error:
        raise CommandError(f"{file} holds no clusters: {error}") from error


def _truth(labels: Path) -> dict[str, LabelTruth]:
    try:
        return read_labels(labels.read_bytes(), str(labels))
    except (OSError, InputError) as error:
        raise CommandError(str(error)) from error
