"""Domains in shards, and limits on connections to one address."""

import socket
from pathlib import Path

import pytest

from clustering.models.domain import BACKOFF, MAX_ATTEMPTS
from clustering.pipeline.bulk import fetching, sites
from clustering.pipeline.bulk.fetching import PacedDial, packed, unpacked
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.errors import FetchError
from clustering.services.fetching import worker


def test_a_site_is_in_one_shard_and_sites_of_a_shared_host_are_spread() -> None:
    one_site = {sites.shard_of(f"{name}.example.com", 64) for name in ("www", "shop", "a.b")}
    shared_host = {sites.shard_of(f"user{number}.github.io", 64) for number in range(300)}

    assert one_site == {sites.shard_of("example.com", 64)}
    assert len(shared_host) > 50


def test_the_shards_do_not_depend_on_the_order_of_the_list(tmp_path: Path) -> None:
    names = [f"shop{number}.example" for number in range(50)]
    first, second = Store(str(tmp_path / "a")), Store(str(tmp_path / "b"))

    assert sites.write_shards(first, names) == (1, 50)
    assert sites.write_shards(second, [*reversed(names), names[3]]) == (1, 50)

    written = first.read(sites.SITES, 0)["domain"].to_pylist()
    assert sorted(written) == sorted(names)
    assert written != sorted(names)
    assert second.read(sites.SITES, 0)["domain"].to_pylist() == written


def test_connections_to_one_address_are_paced_and_others_are_not() -> None:
    pauses: list[float] = []
    dial = PacedDial(0.01, lambda _address, _port, _seconds: socket.socket(), sleep=pauses.append)

    for address in ("192.0.2.1", "192.0.2.1", "192.0.2.2", "192.0.2.1"):
        dial(address, 443, 1000.0).close()

    assert [round(pause / 100) for pause in pauses] == [0, 1, 0, 2]


def test_an_address_without_a_turn_in_time_is_busy() -> None:
    dial = PacedDial(0.1, lambda _address, _port, _seconds: socket.socket())
    dial("192.0.2.1", 443, 1.0).close()

    with pytest.raises(FetchError) as caught:
        dial("192.0.2.1", 443, 1.0)

    assert caught.value.code == "busy"
    assert caught.value.is_transient


def test_retries_are_those_of_the_interactive_mode() -> None:
    assert fetching.MAX_ATTEMPTS == MAX_ATTEMPTS
    assert fetching.MAX_TIMEOUTS == worker.MAX_TIMEOUTS
    assert BACKOFF.total_seconds() == fetching.BACKOFF_SECONDS


def test_a_tar_has_equal_bytes_and_gives_its_files_back() -> None:
    files = {"b" * 64: b"two", "a" * 64: b"one"}

    content = packed(files)

    assert content == packed(dict(reversed(files.items())))
    assert list(unpacked(content)) == sorted(files.items())
