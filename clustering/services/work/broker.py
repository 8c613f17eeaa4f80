"""A client of the broker, for counters and beats that may be lost."""

from functools import lru_cache
from typing import Final

import redis

from clustering import conf

ANSWER_SECONDS: Final = 0.5
UNREACHABLE: Final = (redis.exceptions.RedisError, OSError)


def client() -> redis.Redis:
    """Return this process's client; its calls raise ``UNREACHABLE`` if there is no broker."""
    return _client(conf.redis_url())


@lru_cache(maxsize=4)
def _client(url: str) -> redis.Redis:
    # kombu's name of the scheme of a socket differs from that of redis-py.
    return redis.Redis.from_url(
        url.replace("redis+socket://", "unix://", 1),
        socket_timeout=ANSWER_SECONDS,
        socket_connect_timeout=ANSWER_SECONDS,
    )
