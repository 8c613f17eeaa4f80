"""Request limits of API tokens, counted in the broker for all processes."""

import logging
import time
from dataclasses import dataclass
from typing import Final

from clustering.services.work import broker

WINDOW_SECONDS: Final = 60

logger = logging.getLogger(__name__)


@dataclass(frozen=True)
class Allowance:
    """How many requests a token has left in this minute."""

    limit: int
    n_used: int
    reset_seconds: int
    """Until the next minute begins."""

    @property
    def is_exceeded(self) -> bool:
        return self.n_used > self.limit

    @property
    def n_left(self) -> int:
        return max(0, self.limit - self.n_used)


def count(token_id: int, limit: int) -> Allowance:
    """Count a request of a token. Without a broker there is no limit."""
    window, since = divmod(int(time.time()), WINDOW_SECONDS)
    key = f"logosite:api-requests:{token_id}:{window}"
    try:
        with broker.client().pipeline() as pipeline:
            pipeline.incr(key)
            pipeline.expire(key, 2 * WINDOW_SECONDS)
            n_used = int(pipeline.execute()[0])
    except broker.UNREACHABLE as error:
        logger.warning("API requests are not counted: %s", error)
        n_used = 0
    return Allowance(limit, n_used, WINDOW_SECONDS - since)
