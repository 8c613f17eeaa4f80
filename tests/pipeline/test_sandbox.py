"""Sandboxed children: isolation, limits, errors, pooling."""

import os
import subprocess
import sys
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from clustering.pipeline.errors import ChildDied, FetchError, ImageError, TooFewLogos
from clustering.pipeline.sandbox import Pool, ProcessLimits, call, has_own_network

pytestmark = pytest.mark.slow

HERE = "tests.pipeline.sandbox_targets"
LIMITS = ProcessLimits(cpu_seconds=5, wall_seconds=30)
HASTY = ProcessLimits(cpu_seconds=5, wall_seconds=0.3)


@pytest.fixture(scope="module")
def pool() -> Iterator[Pool]:
    with Pool(f"{HERE}:misbehave", 1, LIMITS, recycle_after=10_000) as made:
        yield made


def pid_of(pool: Pool) -> int:
    answer, _ = pool.call({"how": "work"}, b"")
    return int(answer["pid"])


def test_a_call_returns_the_targets_result_and_bytes() -> None:
    answer, payload = call(f"{HERE}:echo", {"n": 1, "name": "é"}, b"abc", LIMITS)

    assert (answer["n"], answer["name"], payload) == (1, "é", b"cba")
    assert answer["pid"] != os.getpid()


def test_a_body_larger_than_the_pipe_is_returned_whole() -> None:
    body = os.urandom(3 << 20)

    _, payload = call(f"{HERE}:echo", {}, body, LIMITS)

    assert payload == body[::-1]


def test_the_child_sees_no_environment_and_an_empty_directory(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("SECRET_KEY", "canary")

    answer, _ = call(f"{HERE}:surroundings", {}, b"", LIMITS)

    assert answer["environment"] == [
        "LC_ALL",
        "MALLOC_ARENA_MAX",
        "OMP_NUM_THREADS",
        "OPENBLAS_NUM_THREADS",
    ]
    assert answer["files"] == []


def test_the_child_imports_neither_django_nor_torch() -> None:
    answer, _ = call(f"{HERE}:surroundings", {}, b"", LIMITS)

    assert answer["heavy_modules"] == []


def test_a_request_may_name_a_large_file(tmp_path: Path) -> None:
    upload = tmp_path / "upload"
    upload.write_bytes(bytes(12 << 20))

    _, payload = call(f"{HERE}:read_file", {"path": str(upload)}, b"", LIMITS)

    assert len(payload) == 12 << 20


def test_a_pooled_child_stays_warm(pool: Pool) -> None:
    assert pid_of(pool) == pid_of(pool)


def test_pipeline_errors_keep_class_code_and_message_and_the_child(pool: Pool) -> None:
    before = pid_of(pool)

    with pytest.raises(ImageError, match=r"^nothing to see$") as image:
        pool.call({"how": "refuse"}, b"")
    with pytest.raises(TooFewLogos, match=r"^clustering needs 2 logos, got 1$") as few:
        pool.call({"how": "too_few"}, b"")
    with pytest.raises(FetchError, match=r"^slow$") as fetch:
        pool.call({"how": "transient"}, b"")

    assert [image.value.code, few.value.code, fetch.value.code] == [
        "empty_image",
        "too_few_logos",
        "timeout",
    ]
    assert fetch.value.is_transient
    assert pid_of(pool) == before


@pytest.mark.parametrize(
    ("how", "code", "detail"),
    [
        ("bug", "crashed", "ZeroDivisionError"),
        ("segfault", "crashed", "status -11"),
        ("abort", "crashed", "status -6"),
        ("exit", "crashed", "status 0"),
        ("oom", "memory", "status -9"),
        ("eat", "memory", "memory"),
        ("write_much", "crashed", "File too large"),
        ("open_many", "crashed", "Too many open files"),
        ("write_here", "crashed", "No such file"),
    ],
)
def test_a_child_that_dies_reports_the_cause_and_is_replaced(
    pool: Pool, how: str, code: str, detail: str
) -> None:
    before = pid_of(pool)

    with pytest.raises(ChildDied, match=detail) as died:
        pool.call({"how": how}, b"")

    assert died.value.code == code
    assert pid_of(pool) != before


@pytest.mark.skipif(sys.platform == "darwin", reason="macOS kills at the hard limit only")
def test_processor_time_is_limited_for_each_call() -> None:
    with Pool(f"{HERE}:misbehave", 1, ProcessLimits(cpu_seconds=1, wall_seconds=60)) as pool:
        pool.call({"how": "work"}, b"")
        with pytest.raises(ChildDied, match="status -24") as died:
            pool.call({"how": "burn"}, b"")

    assert died.value.code == "timeout"


def test_a_child_that_hangs_is_killed_at_the_deadline() -> None:
    with pytest.raises(ChildDied, match="in time") as died:
        call(f"{HERE}:misbehave", {"how": "sleep"}, b"", HASTY)

    assert died.value.code == "timeout"


def test_output_of_a_library_does_not_break_an_answer(pool: Pool) -> None:
    answer, payload = pool.call({"how": "print"}, b"body")

    assert (answer["how"], payload) == ("print", b"body")


@pytest.mark.skipif(sys.platform != "linux", reason="looks into /proc")
def test_a_child_that_answers_twice_is_replaced(pool: Pool) -> None:
    before = pid_of(pool)

    with pytest.raises(ChildDied, match="more follows"):
        pool.call({"how": "answer_twice"}, b"")

    assert pid_of(pool) != before


def test_an_answer_that_is_too_large_is_not_read() -> None:
    with pytest.raises(ChildDied, match="bytes") as died:
        call(f"{HERE}:echo", {}, bytes(2000), ProcessLimits(answer_bytes=1000))

    assert died.value.code == "memory"


def test_a_caller_without_time_for_a_start_leaves_the_child_to_the_next() -> None:
    with Pool(f"{HERE}:echo", 1, LIMITS) as cold:
        with pytest.raises(ChildDied, match="in time") as died:
            cold.call({}, b"", seconds=0.001)
        answer, _ = cold.call({}, b"")

    assert died.value.code == "timeout"
    assert answer["pid"] > 0


def test_a_target_that_cannot_be_imported_is_named() -> None:
    with pytest.raises(ChildDied, match="no_such_module:serve") as died:
        call("no_such_module:serve", {}, b"", LIMITS)

    assert died.value.code == "crashed"


def test_children_are_recycled_after_their_calls() -> None:
    with Pool(f"{HERE}:misbehave", 1, LIMITS, recycle_after=2) as pool:
        pids = [pid_of(pool) for _ in range(5)]

    assert (pids[0], pids[2]) == (pids[1], pids[3])
    assert len(set(pids)) == 3


def test_a_child_that_died_while_idle_is_replaced_before_the_call(pool: Pool) -> None:
    os.kill(pid_of(pool), 9)
    os.waitid(os.P_ALL, 0, os.WEXITED | os.WNOWAIT)

    assert pid_of(pool) > 0


def test_many_threads_share_few_children() -> None:
    bodies = [bytes([n]) * 1000 for n in range(40)]
    with Pool(f"{HERE}:echo", 2, LIMITS) as pool, ThreadPoolExecutor(8) as threads:
        answers = list(threads.map(lambda body: pool.call({}, body), bodies))

    assert [payload for _, payload in answers] == bodies
    assert len({answer["pid"] for answer, _ in answers}) <= 2


def test_a_closed_pool_has_no_children_and_takes_no_calls() -> None:
    pool = Pool(f"{HERE}:misbehave", 1, LIMITS)
    pid = pid_of(pool)

    pool.close()

    with pytest.raises(ProcessLookupError):
        os.kill(pid, 0)
    with pytest.raises(RuntimeError, match="closed"):
        pool.call({"how": "work"}, b"")


@pytest.mark.skipif(sys.platform != "linux", reason="namespaces are of Linux")
def test_children_are_cut_off_from_the_network_where_the_kernel_allows_it() -> None:
    tried = subprocess.run(["unshare", "--user", "--net", "true"], check=False)
    is_allowed = tried.returncode == 0

    assert has_own_network() is is_allowed
