"""All generated home pages."""

from itertools import chain
from typing import Final

from clustering.lab.evaluation.home_pages import (
    HomePage,
    builders,
    oddities,
    shops,
    sightings,
    systems,
    traps,
)

HOME_PAGES: Final[tuple[HomePage, ...]] = tuple(
    chain(builders.PAGES, shops.PAGES, systems.PAGES, traps.PAGES, oddities.PAGES, sightings.PAGES)
)
