"""Icon sets as sources of pictures."""

import re
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

from clustering.lab.training import Picture, brand_names, packages
from clustering.lab.training.brand_names import Forbidden
from clustering.lab.training.packages import Package
from clustering.pipeline.errors import InputError


@dataclass(frozen=True)
class IconSet:
    """One package of icons; ``pattern`` must match a whole name and capture ``brand``."""

    package: str
    version: str
    licence: str
    pattern: str
    space: str = ""
    """Name space of the brands; equal names in different spaces are different brands."""
    every: int = 1
    """Keep only each n-th brand; for sets of generic icons."""

    def __post_init__(self) -> None:
        if "brand" not in re.compile(self.pattern).groupindex:
            raise InputError(f"the pattern of {self.package} captures no brand")

    def icons(self, cache: Path, forbidden: Forbidden) -> Iterator[tuple[Picture, bytes]]:
        """Yield each picture that is not excluded, with its SVG, in package order."""
        pattern = re.compile(self.pattern)
        for name, svg in packages.svgs(packages.fetch(Package(self.package, self.version), cache)):
            match = pattern.fullmatch(name)
            if match is None:
                continue
            brand = f"{self.space}:{match['brand']}"
            if not forbidden.covers(brand) and _is_kept(brand, self.every):
                yield self._picture(brand, name), svg

    def _picture(self, brand: str, name: str) -> Picture:
        key = f"{self.space}:{brand_names.squeezed(brand.rpartition(':')[2])}"
        return Picture(key, key, brand_names.family(brand), self.package, name)


def _is_kept(brand: str, every: int) -> bool:
    return every == 1 or sum(brand.encode()) % every == 0
