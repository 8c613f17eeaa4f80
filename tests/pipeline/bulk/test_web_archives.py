"""A WARC of recorded sites gives the logos that fetching them gives."""

import gzip
import json
import zipfile
from pathlib import Path
from typing import Any

import pytest

from clustering.pipeline.bulk import fetching, planning, sites
from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.sites import FetchPlan
from clustering.pipeline.bulk.store import Store
from clustering.pipeline.bulk.web_archives import Archive
from clustering.pipeline.errors import InputError
from clustering.pipeline.web.recorded import INDEX
from clustering.services.datasets.sample import WEB_FILE

pytest.importorskip("fastwarc")
N_SITES = 24


def _record(url: str, status: int, headers: dict[str, str], body: bytes) -> bytes:
    lines = [f"HTTP/1.1 {status} Found", *(f"{name}: {text}" for name, text in headers.items())]
    block = "\r\n".join([*lines, "", ""]).encode() + body
    head = [
        "WARC/1.0",
        "WARC-Type: response",
        f"WARC-Target-URI: {url}",
        "WARC-Date: 2026-01-01T00:00:00Z",
        "Content-Type: application/http; msgtype=response",
        f"Content-Length: {len(block)}",
    ]
    return gzip.compress("\r\n".join([*head, "", ""]).encode() + block + b"\r\n\r\n", mtime=0)


def _recorded_sites() -> tuple[dict[str, dict[str, Any]], dict[str, bytes]]:
    """Return the answers of some sites of the sample, and their bodies."""
    with zipfile.ZipFile(WEB_FILE) as archive:
        index = json.loads(archive.read(INDEX))
        hosts = sorted(host for host, failure in index["hosts"].items() if not failure)[:N_SITES]
        answers = {
            key: answer
            for key, answer in index["answers"].items()
            if key.partition("/")[0] in hosts
        }
        bodies = {
            answer["body"]: archive.read(answer["body"])
            for answer in answers.values()
            if answer.get("body")
        }
    return answers, bodies


def _plan(**options: Any) -> FetchPlan:
    return FetchPlan(
        n_shards=1,
        n_domains=1,
        embedder="descriptor",
        weights_dir="",
        user_agent="Logosite-test",
        threads=8,
        n_fetchers=1,
        deadline_seconds=60.0,
        **options,
    )


def _fetched(store: Store, plan: Plan) -> dict[str, tuple[str, str, str]]:
    (table,) = fetching.fetch(store, plan, 0)
    return {
        row["domain"]: (row["sha256"], row["source_url"], row["error_code"])
        for row in table.to_pylist()
    }


@pytest.mark.slow
def test_home_pages_and_pictures_are_read_from_the_archive(tmp_path: Path) -> None:
    answers, bodies = _recorded_sites()
    warc, nothing = tmp_path / "crawl.warc.gz", tmp_path / "nothing.zip"
    warc.write_bytes(
        b"".join(
            _record(
                f"https://www.{key}",
                answer["status"],
                answer.get("headers", {}),
                bodies.get(answer.get("body", ""), b""),
            )
            for key, answer in answers.items()
        )
    )
    with zipfile.ZipFile(nothing, "w") as archive:  # no network: every other host is unknown
        archive.writestr(INDEX, json.dumps({"hosts": {}, "answers": {}}))
    recorded, archived = Store(str(tmp_path / "recorded")), Store(str(tmp_path / "archived"))
    names = Archive(str(warc)).domains()
    sites.write_shard(recorded, 0, names)

    plan = planning.plan_archives(archived.root, [warc], _plan(web=str(nothing)))
    found = _fetched(archived, plan)

    expected = _fetched(recorded, Plan(1, 0.3, 0.03, fetch=_plan(web=str(WEB_FILE))))
    assert len(names) == N_SITES
    assert sum(code == "" for _, _, code in expected.values()) > N_SITES / 2
    assert found == expected


def test_a_compressed_and_chunked_body_is_handed_out_decoded(tmp_path: Path) -> None:
    packed = gzip.compress(b"<title>Otter</title>")
    chunked = f"{len(packed):x}\r\n".encode() + packed + b"\r\n0\r\n\r\n"
    headers = {"Content-Encoding": "gzip", "Transfer-Encoding": "chunked", "X-Kept": "yes"}
    warc = tmp_path / "crawl.warc.gz"
    warc.write_bytes(_record("http://otter.example", 200, headers, chunked))

    answer = Archive(str(warc)).response("https://www.otter.example/")

    assert answer is not None
    assert answer.read() == b"<title>Otter</title>"
    assert dict(answer.headers) == {"X-Kept": "yes"}
    assert Archive(str(warc)).response("https://otter.example/about") is None


def test_a_damaged_archive_is_an_input_error(tmp_path: Path) -> None:
    warc = tmp_path / "crawl.warc.gz"
    warc.write_bytes(_record("http://otter.example/", 200, {}, b"x" * 5000)[:90])

    with pytest.raises(InputError, match="holds no responses"):
        Archive(str(warc))


def test_a_missing_archive_is_an_input_error(tmp_path: Path) -> None:
    with pytest.raises(InputError, match="does not exist"):
        planning.plan_archives(str(tmp_path / "run"), [tmp_path / "no.warc.gz"], _plan())
