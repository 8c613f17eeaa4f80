"""The supervisor with small commands: output, restarts, and members that ignore signals."""

import re
import signal
import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager

import pytest

from logosite.supervisor import restart_delay
from tests.stack import ROOT

pytestmark = pytest.mark.fault

STOP_SECONDS = 9.0  # less than the supervisor waits before it kills
SCRIPT = """
import os, sys
from logosite.supervisor import Supervisor
supervisor = Supervisor(lambda: None)
for number, command in enumerate(sys.argv[1:]):
    supervisor.add(f"part{number}", [sys.executable, "-uc", command], dict(os.environ))
supervisor.run(lambda: True)
"""
STUBBORN = """
import signal, time
signal.signal(signal.SIGTERM, signal.SIG_IGN)
print("deaf")
time.sleep(600)
"""


@contextmanager
def supervised(*commands: str) -> Iterator[subprocess.Popen[str]]:
    with subprocess.Popen(
        [sys.executable, "-uc", SCRIPT, *commands], cwd=ROOT, stdout=subprocess.PIPE, text=True
    ) as process:
        yield process


def read_until(process: subprocess.Popen[str], text: str) -> list[str]:
    lines: list[str] = []
    for line in process.stdout or ():
        lines.append(line)
        if text in line:
            return lines
    raise AssertionError(f"{text!r} is not in {lines}")


def test_each_line_carries_the_time_and_the_name_of_its_member() -> None:
    with supervised("import time; print('hello'); time.sleep(600)") as process:
        (line,) = read_until(process, "hello")
        process.terminate()

        assert re.fullmatch(r"\d\d:\d\d:\d\d part0   \| hello\n", line)
        assert process.wait(STOP_SECONDS) == 0


def test_a_member_that_ends_is_restarted() -> None:
    ending = "print('once'); raise SystemExit(3)"
    with supervised("import time; time.sleep(600)", ending) as process:
        lines = read_until(process, "once") + read_until(process, "once")
        process.terminate()

        assert any("part1 ended with code 3; it restarts in 0.5 s" in line for line in lines)
        assert process.wait(STOP_SECONDS) == 0


def test_a_second_signal_kills_processes_that_ignore_the_first() -> None:
    with supervised(STUBBORN) as process:
        read_until(process, "deaf")
        process.send_signal(signal.SIGINT)
        time.sleep(0.5)
        assert process.poll() is None
        process.send_signal(signal.SIGINT)

        assert process.wait(STOP_SECONDS) == 0


@pytest.mark.parametrize(("n", "seconds"), [(0, 0.0), (1, 0.5), (2, 1.0), (6, 16.0), (9, 30.0)])
def test_the_restart_delay_doubles_up_to_a_limit(n: int, seconds: float) -> None:
    assert restart_delay(n) == seconds
