"""docker-compose.yml: its schema, its commands, and its limits."""

import re
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
import yaml

from logosite import processes

FILE = Path(__file__).resolve().parents[2] / "docker-compose.yml"
OURS = ("migrate", "web", *processes.background())


@pytest.fixture(scope="module")
def services() -> dict[str, Any]:
    found: dict[str, Any] = yaml.safe_load(FILE.read_text(encoding="utf-8"))["services"]
    return found


def test_the_file_follows_the_compose_specification() -> None:
    command = [sys.executable, "-m", "check_jsonschema", "--builtin-schema=vendor.compose-spec"]
    done = subprocess.run([*command, str(FILE)], capture_output=True, text=True, check=False)

    assert done.returncode == 0, done.stdout


def test_every_process_of_the_product_is_a_service(services: dict[str, Any]) -> None:
    commands = {name: services[name]["command"] for name in ("web", *processes.background())}

    assert commands == {name: f"python -m logosite.processes {name}" for name in commands}
    assert set(services) == {*OURS, "postgres", "redis"}
    assert all(processes.named(name)[0] == sys.executable for name in commands)


def test_only_the_web_server_is_published_and_on_this_machine_alone(
    services: dict[str, Any],
) -> None:
    published = {name: one["ports"] for name, one in services.items() if "ports" in one}

    assert published == {"web": ["127.0.0.1:8000:8000"]}


def test_services_are_confined(services: dict[str, Any]) -> None:
    assert all({"mem_limit", "pids_limit"} <= one.keys() for one in services.values())
    users = re.findall(r"^USER (.+)$", (FILE.parent / "Dockerfile").read_text(), re.MULTILINE)
    assert users[-1] == "logosite"
    for name in OURS:
        assert "user" not in services[name]
        assert "privileged" not in services[name]
        assert services[name]["read_only"] is True
        assert services[name]["cap_drop"] == ["ALL"]
        assert services[name]["security_opt"] == ["no-new-privileges:true"]


def test_only_workers_reach_the_internet_and_servers_only_the_product(
    services: dict[str, Any],
) -> None:
    networks = {name: set(one["networks"]) for name, one in services.items()}

    assert yaml.safe_load(FILE.read_text())["networks"]["inside"] == {"internal": True}
    assert {name for name, some in networks.items() if "outside" in some} == {
        *processes.background()
    } - {"beat"}
    assert networks["postgres"] == networks["redis"] == {"inside"}
