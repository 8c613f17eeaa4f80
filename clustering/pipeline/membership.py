"""Members of groups."""

import numpy as np
from numpy.typing import NDArray


def members_by_group(groups: NDArray[np.int64]) -> list[NDArray[np.int64]]:
    """Return the rows of each group, by ascending group number; negative groups are left out."""
    rows = np.flatnonzero(groups >= 0)
    rows = rows[np.argsort(groups[rows], kind="stable")]
    starts = np.flatnonzero(np.diff(groups[rows])) + 1
    return np.split(rows, starts) if len(rows) else []
