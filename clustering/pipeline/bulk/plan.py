"""What a bulk run computes."""

import json
import math
from dataclasses import asdict, dataclass
from typing import Any, Final

from clustering.pipeline.bulk.sites import FetchPlan
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.errors import InputError
from clustering.pipeline.neighbours.cells import N_CELLS_PER_ROW

PLAN_FILE = "plan.json"


CELL_ROWS: Final = 500
CENTRES_PER_ROOT: Final = 24  # of n images there are at most this times the square root of n


def cell_rows_for(n_images: int) -> int:
    """Return the rows of a cell on average.

    A row is compared with the rows of its cells, so they are small; above nine million images
    they grow, so that all centres fit into the memory of each process.
    """
    return max(CELL_ROWS, round(N_CELLS_PER_ROW * math.sqrt(n_images) / CENTRES_PER_ROOT))


@dataclass(frozen=True)
class Plan:
    """Options of a bulk run; with the input, they determine every byte of the result."""

    n_shards: int
    """Number of image shards."""
    distance: float
    """Cosine threshold of average linkage."""
    copy_distance: float
    """Cosine distance up to which logos with nearly equal hashes are near-duplicates."""
    min_size: int = 2
    """Domains; the images of smaller clusters are outliers."""
    cell_rows: int = CELL_ROWS
    """Rows of a coarse cell on average; each row is in four cells."""
    partition_rows: int = 100_000
    """Rows that one task of clustering holds in memory, about."""
    fetch: FetchPlan | None = None
    """How the images are obtained; None where the image shards are given."""

    def save(self, store: Store) -> None:
        """Write the plan, once: other options would not fit the files that are there.

        Raises:
            InputError: if the folder holds another plan.
        """
        content = json.dumps(asdict(self), indent=2, sort_keys=True).encode()
        held = store.read_bytes(PLAN_FILE)
        if held is not None and held != content:
            raise InputError(f"{store.root} holds another bulk run; give another folder")
        store.write_bytes(PLAN_FILE, content)

    @classmethod
    def load(cls, store: Store) -> "Plan":
        """Read the plan.

        Raises:
            InputError: if the folder has none.
        """
        content = store.read_bytes(PLAN_FILE)
        if content is None:
            raise InputError(f"{store.root} holds no bulk run; make one with bulk plan")
        values = json.loads(content)
        if values["fetch"] is not None:
            fetch: dict[str, Any] = values["fetch"]
            lists = {name: tuple(fetch[name]) for name in ("deny_cidrs", "archives")}
            values["fetch"] = FetchPlan(**(fetch | lists))
        return cls(**values)
