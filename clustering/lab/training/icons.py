"""Icon sets as sources of pictures: which names are brands, and which draw one alike."""

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
    """Brands of one space share their names across sets: a coin's ticker is no company."""
    every: int = 1
    """Keep each n-th brand only, of sets whose icons are no brands."""

    def __post_init__(self) -> None:
        if "brand" not in re.compile(self.pattern).groupindex:
            raise InputError(f"the pattern of {self.package} captures no brand")

    def icons(self, cache: Path, forbidden: Forbidden) -> Iterator[tuple[Picture, bytes]]:
        """Yield each allowed picture and its SVG, in the order of the package."""
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
