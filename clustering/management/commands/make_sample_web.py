"""Generate the recorded sites of the sample data set."""

import csv
import io
import json
import zipfile
from argparse import ArgumentParser
from pathlib import Path
from typing import Any, Final

from django.core.management.base import BaseCommand

from clustering.lab.sample.sites import SampleWeb, SiteTruth, sample_web
from clustering.pipeline.web.recorded import INDEX

FOLDER: Final = Path(__file__).resolve().parents[2] / "sample"
EPOCH: Final = (1980, 1, 1, 0, 0, 0)  # of ZIP: equal sites give equal bytes
REJECTED: Final = ("not a domain", "intranet.local", "192.168.0.1", "shop..de", "n/a")


class Command(BaseCommand):
    """Write web.zip, domains.csv and labels.csv."""

    help = "Generate the sample's sites. Example: manage.py make_sample_web --out /tmp/sample"
    requires_system_checks = ()  # only writes files

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument(
            "--out", type=Path, default=FOLDER, help="output folder (default clustering/sample)"
        )

    def handle(self, *args: Any, **options: Any) -> None:
        web, out = sample_web(), options["out"]
        out.mkdir(parents=True, exist_ok=True)
        (out / "web.zip").write_bytes(packed(web))
        (out / "domains.csv").write_text(uploaded(web.truth), encoding="utf-8")
        (out / "labels.csv").write_text(labels(web.truth), encoding="utf-8")
        size = (out / "web.zip").stat().st_size
        self.stdout.write(f"{len(web.truth)} sites, {size:,} bytes in {out / 'web.zip'}")


def packed(web: SampleWeb) -> bytes:
    """Return the ZIP that ``RecordedWeb`` reads."""
    index = json.dumps({"hosts": web.hosts, "answers": web.answers}, sort_keys=True)
    members = {INDEX: index.encode(), **dict(sorted(web.bodies.items()))}
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w", zipfile.ZIP_DEFLATED, compresslevel=9) as archive:
        for name, data in members.items():
            info = zipfile.ZipInfo(name, EPOCH)
            info.compress_type = zipfile.ZIP_DEFLATED
            archive.writestr(info, data)
    return out.getvalue()


def uploaded(truth: list[SiteTruth]) -> str:
    """Return the list as a person would upload it: some rows twice, some that are no domain."""
    rows = [(truth_.domain, "live") for truth_ in sorted(truth)]
    for index in range(0, len(rows), 25):
        rows.append((f"https://www.{rows[index][0].upper()}/home?ref=list", "duplicate"))
    rows += [(text, "typo") for text in REJECTED]
    return _csv([("domain", "note"), *rows])


def labels(truth: list[SiteTruth]) -> str:
    """Return the true labels as CSV, for measurements."""
    return _csv([SiteTruth._fields, *sorted(truth)])


def _csv(rows: list[tuple[str, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out, lineterminator="\n").writerows(rows)
    return out.getvalue()
