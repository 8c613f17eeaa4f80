"""Train the LogoNet encoder."""

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
    """Called again with the same work folder, it continues from the last checkpoint."""

    requires_system_checks = ()
    help = (
        "Train the logo encoder on openly licensed icons and, if given, labelled logos. "
        "Example: manage.py train_encoder --work /tmp/work --out weights.safetensors"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        add = parser.add_argument
        add(
            "--config",
            type=Path,
            default=config.SHIPPED,
            help="training configuration, TOML (default: the shipped one)",
        )
        add("--work", type=Path, required=True, help="folder for downloads and checkpoints")
        add("--out", type=Path, required=True, help="file for the weights, safetensors")
        add("--logos", type=Path, help="ZIP of logos named by domain (needs --labels)")
        add("--labels", type=Path, help="CSV: domain, brand, look, kind")
        add("--views", type=Path, help="ZIP of further captures of the logos")
        add("--views-table", type=Path, help="CSV: file, domain, brand, look")
        add(
            "--forbid",
            type=Path,
            action="append",
            default=[],
            help="file of brand words to exclude, one per line; repeatable",
        )
        add(
            "--hold-out",
            type=int,
            default=0,
            help="held-out percentage of the logos' brands (default 0)",
        )
        add("--split", type=int, default=0, help="seed of the hold-out split (default 0)")
        add(
            "--shorten",
            type=float,
            default=1.0,
            help="share of the steps to run, 0 to 1 (default 1)",
        )
        add("--errors", type=Path, help="PNG file for the worst errors on held-out icons")
        add("--decoders", type=int, default=1, help="decoder processes (default 1)")
        add("--threads", type=int, default=1, help="torch threads (default 1)")
        add("--device", choices=("cuda", "cpu"), help="default: cuda if available")

    def handle(self, *_: object, work: Path, out: Path, **options: Any) -> None:
        try:
            training = config.read(options["config"])
            phases = tuple(one.shortened(options["shorten"]) for one in training.phases)
            training = replace(training, phases=phases)
            given = _labelled(options)
            data = sources.load_sources(
                training,
                WorkFolder(work, options["decoders"]),
                given,
                options["forbid"],
                self.stdout.write,
            )
        except PipelineError as error:
            raise CommandError(str(error)) from error
        from clustering.lab.training import experiment

        figures = experiment.train(
            training,
            data,
            work,
            out,
            experiment.RunOptions(
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
