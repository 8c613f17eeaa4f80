"""Where new images stand on a map that is already drawn: among those that they are most like."""

from typing import Final

import numpy as np
from numpy.typing import NDArray

N_ANCHORS: Final = 5
SHARPNESS: Final = 20.0  # of the weights: 0.1 more alike counts seven times as much


def beside(
    vectors: NDArray[np.float32], members: NDArray[np.float32], drawn: NDArray[np.float32]
) -> NDArray[np.float32]:
    """Return coordinates, shape (n, 2): the weighted mean of the nearest members' places.

    Args:
        vectors: shape (n, d), rows of L2 norm 1.
        members: shape (m, d), m >= 1, likewise.
        drawn: shape (m, 2), where the members stand.

    Nothing that is drawn moves. Ties go to the lower row.
    """
    cosines = np.round(vectors @ members.T, 6)
    anchors = np.argsort(-cosines, axis=1, kind="stable")[:, :N_ANCHORS]
    alike = np.take_along_axis(cosines, anchors, axis=1)
    weights = np.exp(SHARPNESS * (alike - alike[:, :1]))
    weights /= weights.sum(axis=1, keepdims=True)
    return np.asarray((drawn[anchors] * weights[:, :, None]).sum(axis=1), dtype=np.float32)
