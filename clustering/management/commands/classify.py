"""Compare new logos with the clusters of a finished run."""

import json
from argparse import ArgumentParser
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError
from django.db.models import Q

from clustering.models import Logo, Run
from clustering.pipeline.errors import FetchError, PipelineError
from clustering.pipeline.finders.image_files import MAX_IMAGE_BYTES
from clustering.services.classification import worker
from clustering.services.fetching import site_access
from clustering.services.logos.lookups import Tools
from clustering.services.storage import keep_image
from clustering.services.work import process_resources


class Command(BaseCommand):
    """Same results as the Classify page; the run is not changed."""

    help = (
        "Assign sites, image URLs or image files to the clusters of a run. "
        "Example: manage.py classify run-1 example.com logo.png"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("run", help="slug or name of a finished run")
        parser.add_argument(
            "logos", nargs="+", metavar="URL|FILE|DOMAIN", help="images or sites to compare"
        )
        parser.add_argument("--json", action="store_true", dest="as_json", help="print JSON")

    def handle(self, *_: object, run: str, logos: list[str], as_json: bool, **__: object) -> None:
        found = _run(run)
        tools = site_access.lookup_tools(found.dataset)
        seen: dict[str, Logo] = {}
        answers: dict[str, dict[str, Any]] = {}
        for given in logos:
            try:
                seen[given] = _logo(given, tools)
            except PipelineError as error:
                answers[given] = {"error": error.code, "reason": str(error)}
        answers |= _answers(found, seen)
        if as_json:
            ordered = [{"given": given, **answers[given]} for given in logos]
            self.stdout.write(json.dumps(ordered, indent=1, ensure_ascii=False))
        else:
            self.stdout.write("\n".join(_text(given, answers[given]) for given in logos))
        if not seen:
            raise CommandError("none of them gave an image")


def _run(text: str) -> Run:
    """Return the finished run with this slug or name; slugs come first."""
    matching = Run.objects.succeeded().filter(Q(slug=text) | Q(name=text))
    runs = sorted(matching, key=lambda run: run.slug != text)
    if not runs:
        raise CommandError(f"{text!r} is no finished run; the runs page shows their names")
    if len(runs) > 1 and runs[0].slug != text:
        slugs = ", ".join(run.slug for run in runs)
        raise CommandError(f"several runs are called {text!r}; give one of {slugs}")
    return runs[0]


def _logo(given: str, tools: Tools) -> Logo:
    file = Path(given)
    if not file.is_file():
        return worker.fetch_logo(given, tools)[0]
    if file.stat().st_size > MAX_IMAGE_BYTES:
        raise FetchError("too_large", f"{file.name} is larger than {MAX_IMAGE_BYTES >> 20} MB")
    return keep_image(process_resources.decode_once(file.read_bytes()))


def _answers(run: Run, seen: dict[str, Logo]) -> dict[str, dict[str, Any]]:
    if not seen:
        return {}
    try:
        verdicts = worker.placements_of(run, list(seen.values()), make=process_resources.embedder)
    except PipelineError as error:
        raise CommandError(str(error)) from error
    return {given: worker.as_json(verdicts.get(logo.pk)) for given, logo in seen.items()}


def _text(given: str, answer: dict[str, Any]) -> str:
    if "error" in answer:
        return f"{given}: {answer['error']}: {answer['reason']}"
    cluster = answer["cluster"]
    where = f"cluster {cluster['name']}" if cluster else "outlier"
    sure = worker.confidence_text(answer["confidence"])
    lines = [f"{given}: {where}, {sure} ({answer['reason']})"]
    for one in answer["candidates"]:
        lines.append(f"  {one['score']:.3f}  {one['name']}  (most like {one['domain']})")
    return "\n".join(lines)
