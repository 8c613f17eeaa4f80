"""Fetch the logo of one site: ``fetch_logo DOMAIN [--explain] [--out FILE]``."""

from argparse import ArgumentParser
from pathlib import Path

from django.core.management.base import BaseCommand, CommandError

from clustering.pipeline.domains.names import normalise
from clustering.pipeline.errors import CODES, FetchError, InputError
from clustering.pipeline.finders import Captured
from clustering.services.fetching import site_access

MAX_ADDRESS_CHARS = 120  # of an address that are printed


class Command(BaseCommand):
    """Prints the ranked candidates and writes the best image as PNG."""

    requires_system_checks = ()
    help = "Fetch the logo of one site, print the ranked candidates and write the best as PNG."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("domain", help="domain, e.g. example.com")
        parser.add_argument(
            "--explain", action="store_true", help="print the points of every rule"
        )
        parser.add_argument("--out", type=Path, help="PNG file to write; default: DOMAIN.png")

    def handle(
        self, *_: object, domain: str, explain: bool, out: Path | None, **__: object
    ) -> None:
        try:
            name = normalise(domain)
            file = _writable(out or Path(f"{name}.png"))
            site = site_access.live_site(name)
        except InputError as error:
            raise CommandError(f"{domain!r} is no domain: {error}") from error
        except FetchError as error:
            meaning = CODES.get(error.code, error.code)
            raise CommandError(f"{domain}: {error.code}: {meaning} ({error})") from error
        self.stdout.write(f"{site.final_url}  {site.kind}  confidence {site.confidence:.2f}")
        for rank, capture in enumerate(site.captures, start=1):
            self.stdout.write("\n".join([_line(rank, capture), *_why(capture, explain=explain)]))
        try:
            file.write_bytes(site.captures[0].image.png)
        except OSError as error:
            raise CommandError(f"{file} cannot be written: {error.strerror}") from error
        self.stdout.write(f"wrote {file}")


def _writable(file: Path) -> Path:
    """Return ``file``; raise before fetching if it cannot be written."""
    if file.is_dir() or not file.parent.is_dir():
        raise CommandError(f"{file} cannot be written: give a file in a folder that exists")
    return file


def _why(capture: Captured, *, explain: bool) -> list[str]:
    evidence = capture.candidate.evidence if explain else ()
    return [f"      {item.points:+7.1f}  {item.rule.label}" for item in evidence]


def _line(rank: int, capture: Captured) -> str:
    candidate, image = capture.candidate, capture.image
    size = f"{image.width}x{image.height}"
    address = candidate.source_url[:MAX_ADDRESS_CHARS]
    return f"{rank}. {candidate.score:6.1f}  {candidate.finder:<10} {size:>9}  {address}"
