"""Labelled logos as a source of pictures."""

import csv
import zipfile
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath

from clustering.lab.training import Picture
from clustering.pipeline.errors import InputError
from clustering.pipeline.evaluation import LabelTruth

LOGOS = "logos"
VIEWS = "views"
"""Further captures of the same logos; for training only."""


def read_truth(labels: Path) -> dict[str, LabelTruth]:
    """Return the label of each domain (columns ``domain, brand, look, kind``)."""
    with labels.open(newline="", encoding="utf-8-sig") as handle:
        return {
            row["domain"]: LabelTruth(row["brand"], row["look"], row["kind"])
            for row in csv.DictReader(handle)
        }


def brand_words(truth: Mapping[str, LabelTruth]) -> set[str]:
    """Return all brand names; for singletons the domain's first label."""
    named = {one.brand for one in truth.values() if one.kind == "gold"}
    return named | {
        domain.partition(".")[0] for domain, one in truth.items() if one.kind == "singleton"
    }


def read_logos(archive: Path, truth: Mapping[str, LabelTruth]) -> Iterator[tuple[Picture, bytes]]:
    """Yield the file of each labelled domain that shows a logo.

    A singleton has no brand name; its domain is used instead.
    """
    with zipfile.ZipFile(archive) as files:
        for member in sorted(files.namelist()):
            name = PurePosixPath(member).name
            one = truth.get(name) or truth.get(name.rpartition(".")[0])
            if one is not None and one.kind in ("gold", "singleton"):
                domain = name if name in truth else name.rpartition(".")[0]
                yield _picture(one, domain, LOGOS, domain), files.read(member)


def read_views(
    archive: Path, views: Path, truth: Mapping[str, LabelTruth]
) -> Iterator[tuple[Picture, bytes]]:
    """Yield the further captures (``file, domain, brand, look``) of labelled domains."""
    with views.open(newline="", encoding="utf-8-sig") as handle, zipfile.ZipFile(archive) as files:
        for row in csv.DictReader(handle):
            one = LabelTruth(row["brand"], row["look"], "gold")
            if row["domain"] in truth:
                yield _picture(one, row["domain"], VIEWS, row["file"]), files.read(row["file"])


def _picture(one: LabelTruth, domain: str, source: str, name: str) -> Picture:
    if not one.brand and one.kind == "gold":
        raise InputError(f"{domain} is labelled gold but has no brand")
    brand = f"logo:{one.brand or domain}"
    return Picture(brand, f"{brand}:{one.look}", brand, source, name)
