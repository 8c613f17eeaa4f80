"""Hosts that share database, broker and bucket but no folder: one dies, the other goes on."""

from contextlib import ExitStack
from pathlib import Path

import pytest

from tests.faults.product import (
    N_SAMPLE_DOMAINS,
    assert_sample_is_whole,
    n_ended,
    statuses,
    wait_until,
)
from tests.faults.servers import private_postgres, private_redis
from tests.object_store import keys, object_store
from tests.stack import Stack, kill, role, run_script

pytestmark = [pytest.mark.fault, pytest.mark.slow]

ROLES = {
    "first": ("beat", "interactive"),
    "second": ("io", "compute"),
    "third": ("io", "compute"),
}
MAKE_SAMPLE = """
from django.core.management import call_command
from clustering.models import User
from clustering.services.datasets import sample
call_command("migrate", verbosity=0)
sample.make_sample(User.objects.create_user("alice"))
"""


def test_two_hosts_share_a_run_and_one_dies(tmp_path: Path) -> None:
    with (
        private_postgres() as database,
        private_redis(tmp_path) as broker,
        object_store() as (bucket, client),
        ExitStack() as roles,
    ):
        env = {
            **bucket,
            "DATABASE_URL": database.url,
            "REDIS_URL": broker.url,
            "SECRET_KEY": "k" * 60,
            "LEASE_SECONDS": "8",
            "FETCH_THREADS": "2",
        }
        run_script(MAKE_SAMPLE, tmp_path / "first", **env)
        started = {
            (host, name): roles.enter_context(role(name, tmp_path / host, **env))
            for host, names in ROLES.items()
            for name in names
        }
        folder = tmp_path / "first"
        stack = Stack("", "", started["first", "beat"], folder, folder / "log", database.url)
        wait_until(lambda: n_ended(stack) >= 60, "the first domains")
        kill(started["second", "io"])
        vectors = "SELECT COUNT(*) FROM clustering_embedding"
        wait_until(lambda: stack.query(vectors) > [(0,)], "the first vectors")
        assert statuses(stack).total() == N_SAMPLE_DOMAINS
        kill(started["second", "compute"])

        assert_sample_is_whole(stack)
        digests = [str(row[0]) for row in stack.query("SELECT sha256 FROM clustering_logo")]
        stored = set(keys(client))
        assert {f"brands/logos/{digest[:2]}/{digest}.png" for digest in digests} <= stored
        assert not any((tmp_path / host / "media").exists() for host in ROLES)
