"""Train the encoder behind ``logonet``: ``train_encoder --work DIR --out weights.safetensors``."""

import json
from argparse import ArgumentParser
from dataclasses import replace
from pathlib import Path
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clustering.lab.training import config, sources
from clustering.lab.training.sources import LabelledLogos, WorkFolder
from clustering.pipeline.errors import PipelineError


class Command(BaseCommand):
    """Stopped anywhere and called again with the same folder, it goes on where it was."""

    requires_system_checks = ()
    help = "Train the logo encoder from openly licensed icons and, if given, labelled logos."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Declare the arguments."""
        parser.add_argument("--config", type=Path, default=config.SHIPPED)
        parser.add_argument("--work", type=Path, required=True, help="cache and checkpoints")
        parser.add_argument("--out", type=Path, required=True, help="weights, as safetensors")
        parser.add_argument("--logos", type=Path, help="ZIP of logos named by domain")
        parser.add_argument("--labels", type=Path, help="CSV: domain, brand, look, kind")
        parser.add_argument("--views", type=Path, help="ZIP of further captures")
        parser.add_argument("--views-table", type=Path, help="CSV: file, domain, brand, look")
        parser.add_argument("--forbid", type=Path, action="append", default=[],
                            help="file of brand words, one a line, to leave out")  # fmt: skip
        parser.add_argument("--hold-out", type=int, default=0, help="percent of logo brands")
        parser.add_argument("--split", type=int, default=0, help="seed of what is held out")
        parser.add_argument("--shorten", type=float, default=1.0, help="share of the steps")
        parser.add_argument("--errors", type=Path, help="PNG of the worst errors on icons")
        parser.add_argument("--decoders", type=int, default=1)
        parser.add_argument("--threads", type=int, default=1)
        parser.add_argument("--device", help="cuda if there is one, or cpu")

    def handle(self, *_: object, work: Path, out: Path, **options: Any) -> None:
        """Bring the materials, train, judge, write."""
        try:
            plan = config.read(options["config"])
            phases = tuple(one.shortened(options["shorten"]) for one in plan.phases)
            plan = replace(plan, phases=phases)
            given = _labelled(options)
            brought = sources.load_sources(
                plan,
                WorkFolder(work, options["decoders"]),
                given,
                options["forbid"],
                self.stdout.write,
            )
        except PipelineError as error:
            raise CommandError(str(error)) from error
        from clustering.lab.training import experiment

        figures = experiment.train(
            plan,
            brought,
            work,
            out,
            experiment.TrainingConfig(
                hold_out_percent=options["hold_out"],
                split=options["split"],
                n_threads=options["threads"],
                device=options["device"],
                errors=options["errors"],
            ),
            self.stdout.write,
        )
        self.stdout.write(json.dumps(figures))


def _labelled(options: dict[str, Any]) -> LabelledLogos | None:
    if not options["logos"]:
        return None
    if not options["labels"]:
        raise CommandError("--logos needs --labels")
    return LabelledLogos(
        options["logos"], options["labels"], options["views"], options["views_table"]
    )
