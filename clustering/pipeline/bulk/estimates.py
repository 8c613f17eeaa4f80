"""What a bulk run will take, from two measured rates and assumptions (docs/scale.md)."""

import math
from dataclasses import dataclass
from typing import Final

from clustering.pipeline.bulk.centres import PROBED
from clustering.pipeline.bulk.plan import cell_rows_for
from clustering.pipeline.neighbours.cells import N_CELLS_PER_ROW

SITES_PER_CORE_SECOND: Final = 15.0
LOGOS_PER_CORE_SECOND: Final = 249.0
SECONDS_PER_IMAGE: Final = 2e-4  # of clustering, without the comparisons
COMPARISONS_PER_CORE_SECOND: Final = 25e6  # of two vectors of 512 dimensions
LOGOS_PER_DOMAIN: Final = 0.8  # share of sites with a logo, before images are compared
REQUESTS_PER_DOMAIN: Final = 3.0
PAGE_BYTES: Final = 300_000  # downloaded for a site: home page, logo, other files
LOGO_BYTES: Final = 14_000  # of a stored PNG
VECTOR_BYTES: Final = 1_024  # 512 dimensions in half precision
VECTOR_COPIES: Final = 7  # embed, images, four cells, members
CORE_HOUR_DOLLARS: Final = 0.04


@dataclass(frozen=True)
class Estimate:
    """Core hours, bytes and cost of a list."""

    n_domains: int
    fetching_hours: float
    embedding_hours: float
    clustering_hours: float
    downloaded_bytes: float
    stored_bytes: float

    @property
    def core_hours(self) -> float:
        """Hours of one core, all stages."""
        return self.fetching_hours + self.embedding_hours + self.clustering_hours

    def dollars(self, core_hour: float = CORE_HOUR_DOLLARS) -> float:
        """Return the cost of the cores, without traffic and storage."""
        return self.core_hours * core_hour


def estimate(n_domains: int) -> Estimate:
    """Return what a list of ``n_domains`` will take, every site being fetched."""
    n_logos = n_domains * LOGOS_PER_DOMAIN
    return Estimate(
        n_domains=n_domains,
        fetching_hours=n_domains / SITES_PER_CORE_SECOND / 3600,
        embedding_hours=n_logos / LOGOS_PER_CORE_SECOND / 3600,
        clustering_hours=n_logos * _clustering_seconds(int(n_logos)) / 3600,
        downloaded_bytes=n_domains * PAGE_BYTES,
        stored_bytes=n_logos * (LOGO_BYTES + VECTOR_BYTES * VECTOR_COPIES),
    )


def _clustering_seconds(n_images: int) -> float:
    """Return the seconds for an image: it is compared with some centres, and in its cells."""
    cell_rows = cell_rows_for(n_images)
    n_centres = N_CELLS_PER_ROW * n_images / cell_rows
    n_compared = (1 + PROBED) * math.sqrt(n_centres) + N_CELLS_PER_ROW * cell_rows
    return SECONDS_PER_IMAGE + n_compared / COMPARISONS_PER_CORE_SECOND
