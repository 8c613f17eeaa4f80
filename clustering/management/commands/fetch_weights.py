"""Bring the published weights of an embedder to this machine."""

from argparse import ArgumentParser

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.pipeline.embedders import catalogue
from clustering.pipeline.errors import PipelineError


class Command(BaseCommand):
    """Download once; every worker of this machine finds the file afterwards."""

    help = "Bring the weights of an embedder, e.g. open_clip:ViT-B-32:laion2b_s34b_b79k."

    def add_arguments(self, parser: ArgumentParser) -> None:
        """Take the embedder's name as the upload form shows it."""
        parser.add_argument(
            "name", help="open_clip:<architecture>:<tag>, torchvision:<architecture>"
        )

    def handle(self, *, name: str, **_options: object) -> None:
        """Download unless the weights are here; say where they lie."""
        folder = conf.places().weights
        try:
            path = catalogue.fetch(name, folder)
        except PipelineError as error:
            raise CommandError(str(error)) from error
        self.stdout.write(f"{name} is ready: {path}")
