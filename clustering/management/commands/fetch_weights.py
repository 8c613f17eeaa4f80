"""Download the published weights of an embedder."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.pipeline.embedders import catalogue
from clustering.pipeline.errors import PipelineError


class Command(BaseCommand):
    """Workers find the file without a restart."""

    help = (
        "Download the weights of an embedder. "
        "Example: manage.py fetch_weights open_clip:ViT-B-32:laion2b_s34b_b79k"
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "name", help="open_clip:<architecture>:<tag> or torchvision:<architecture>"
        )

    def handle(self, *, name: str, **_options: object) -> None:
        folder = conf.places().weights
        try:
            path = catalogue.fetch(name, folder)
        except PipelineError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} is ready: {path}")
