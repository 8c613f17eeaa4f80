"""Shared fixtures; tests reach no network beyond loopback."""

import errno
import ipaddress
import os
import shutil
import socket
from collections.abc import Iterable, Iterator

import pytest
from django.core.management.commands import flush
from django.db import connection
from django.db.backends.postgresql.operations import DatabaseOperations
from django.test import Client
from hypothesis import HealthCheck
from hypothesis import settings as hypothesis
from xdist.scheduler import LoadFileScheduling

from clustering.models import User
from clustering.services.work import process_resources
from tests.factories import make_user

BROWSERS = ("chromium", "chromium-browser", "google-chrome", "google-chrome-stable")
_skipped: list[str] = []


def _is_local(address: object) -> bool:
    if not isinstance(address, tuple):  # a path: a unix socket
        return True
    try:
        return ipaddress.ip_address(str(address[0]).partition("%")[0]).is_loopback
    except ValueError:
        return str(address[0]) == "localhost"


@pytest.fixture(autouse=True, scope="session")
def _no_network() -> Iterator[None]:
    """Make every address beyond loopback unreachable."""
    connect, sendto = socket.socket.connect, socket.socket.sendto

    def guarded_connect(self: socket.socket, address: object) -> None:
        _refuse(address)
        connect(self, address)  # type: ignore[arg-type] # whatever the caller gave

    def guarded_sendto(self: socket.socket, *arguments: object) -> int:
        _refuse(arguments[-1])
        return sendto(self, *arguments)  # type: ignore[call-overload,no-any-return] # likewise

    patch = pytest.MonkeyPatch()
    patch.setattr(socket.socket, "connect", guarded_connect)
    patch.setattr(socket.socket, "sendto", guarded_sendto)
    yield
    patch.undo()


@pytest.fixture(autouse=True, scope="session")
def _fast_flush() -> Iterator[None]:
    """Empty the tables after a test by DELETE, and do not create Django's permissions again.

    PostgreSQL's TRUNCATE writes new files for every table and index, however few rows there
    are. Constraints are deferred, so that the order of the tables does not matter.
    """

    def sql_flush(_self: object, _style: object, tables: Iterable[str], **_: bool) -> list[str]:
        names = map(connection.ops.quote_name, tables)
        return [f"DELETE FROM {name}" for name in names]  # noqa: S608 # names of tables

    patch = pytest.MonkeyPatch()
    patch.setattr(DatabaseOperations, "sql_flush", sql_flush)
    patch.setattr(flush, "emit_post_migrate_signal", lambda *_: None)
    yield
    patch.undo()


def _refuse(address: object) -> None:
    if not _is_local(address):
        raise OSError(errno.ENETUNREACH, f"tests reach no network: {address}")


@pytest.fixture(autouse=True, scope="session")
def _end_decoders() -> Iterator[None]:
    """End the decoder children of this process with the session."""
    yield
    process_resources.close_decoder()


@pytest.fixture
def alice(db: None) -> User:
    """Owner of what a test creates."""
    return make_user("alice")


@pytest.fixture
def bob(db: None) -> User:
    """A user without access to the data of Alice."""
    return make_user("bob")


@pytest.fixture
def alice_client(alice: User) -> Client:
    """Alice, signed in."""
    client = Client()
    client.force_login(alice)
    return client


@pytest.fixture
def bob_client(bob: User) -> Client:
    """Bob, signed in."""
    client = Client()
    client.force_login(bob)
    return client


@pytest.fixture(scope="session")
def chromium() -> str:
    """Path of an installed Chromium; tests that need it are skipped without one."""
    named = os.environ.get("CHROMIUM")
    found = named or next((path for name in BROWSERS if (path := shutil.which(name))), None)
    if not found:
        pytest.skip("no Chromium on this machine: install Debian's chromium, or set CHROMIUM")
    return found


# Each of their tests starts a product of its own and takes minutes.
_ALONE = ("tests/faults/test_killed_workers.py", "tests/faults/test_outages.py")


class _ByFile(LoadFileScheduling):  # type: ignore[misc] # has no types
    """Gives whole files to the processes; the tests in browsers share one running product."""

    def _split_scope(self, nodeid: str) -> str:
        if nodeid.startswith("tests/browser/"):
            return "tests/browser"
        return nodeid if nodeid.startswith(_ALONE) else nodeid.split("::")[0]


def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> LoadFileScheduling:
    """Distribute the tests."""
    return _ByFile(config, log)


def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Run the longest tests first, so that no worker is left alone with one at the end.

    What drives a browser or breaks services depends on other processes and their timing: it has
    a second try, which the summary of the run names.
    """
    for item in items:
        if any(item.get_closest_marker(name) for name in ("browser", "fault")):
            item.add_marker(pytest.mark.flaky(reruns=1))
    order = ("browser", "fault", "slow")
    items.sort(
        key=lambda item: next(
            (rank for rank, name in enumerate(order) if item.get_closest_marker(name)), len(order)
        )
    )


def pytest_runtest_logreport(report: pytest.TestReport) -> None:
    """Record skipped tests."""
    if report.skipped:
        _skipped.append(report.nodeid)


def pytest_sessionfinish(session: pytest.Session) -> None:
    """With REQUIRE_ALL_TESTS, which CI sets, fail a run in which a test was skipped."""
    if os.environ.get("REQUIRE_ALL_TESTS") and _skipped:
        session.exitstatus = pytest.ExitCode.TESTS_FAILED


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print which skipped tests made the run fail."""
    if os.environ.get("REQUIRE_ALL_TESTS") and _skipped:
        terminalreporter.write_line(f"skipped, but all tests are required: {_skipped}", red=True)


def pytest_addoption(parser: pytest.Parser) -> None:
    """Add the number of generated API requests, and the numbers before a release."""
    parser.addoption(
        "--api-cases", type=int, default=100, help="generated requests to the API, in all"
    )
    parser.addoption(
        "--thorough", action="store_true", help="more kills, outages and generated cases"
    )


def pytest_configure(config: pytest.Config) -> None:
    """Set how many cases Hypothesis generates: few and always the same ones, or many new ones."""
    checks = list(HealthCheck)
    quick = hypothesis(
        max_examples=6,
        derandomize=True,
        deadline=None,
        database=None,
        suppress_health_check=checks,
    )
    hypothesis.register_profile("quick", quick)
    hypothesis.register_profile("thorough", quick, max_examples=100, derandomize=False)
    hypothesis.load_profile("thorough" if config.getoption("thorough") else "quick")


@pytest.fixture
def is_thorough(request: pytest.FixtureRequest) -> bool:
    """Whether a test repeats its faults more often, as before a release."""
    return bool(request.config.getoption("thorough"))
