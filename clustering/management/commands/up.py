"""Run the whole product: broker, workers, clock and web server as one group."""

import os
import socket
from argparse import ArgumentParser
from collections.abc import Callable
from contextlib import suppress
from pathlib import Path
from typing import Any

import redis
from django.core.management import call_command
from django.core.management.base import BaseCommand, CommandError
from django.db import connections

from clustering import conf
from clustering.management.commands.login_link import login_url
from clustering.pipeline.rendering import installation
from clustering.services import accounts
from logosite import processes, running
from logosite.embedded import NoBroker, broker_command, broker_socket, embedded_redis_url
from logosite.supervisor import Supervisor

DEFAULT_PORT = 8000


class Command(BaseCommand):
    help = "Run the whole product on this machine, until Ctrl-C."

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")
        parser.add_argument("--port", type=int, default=DEFAULT_PORT, help="port to listen on")
        parser.add_argument(
            "--no-workers", action="store_true", help="web server and broker alone"
        )

    def handle(self, *_args: str, **options: Any) -> None:
        host, port = options["host"], options["port"]
        site_url = os.environ.get("SITE_URL") or f"http://{shown_host(host)}:{port}"
        try:
            with running.locked(conf.var_dir(), site_url):
                refuse_taken(host, port)
                self._prepare()
                supervisor = Supervisor(Announcement(self, host, port, site_url))
                env = processes.environment(site_url=site_url)
                is_ready = add_members(supervisor, options, env)
                supervisor.run(is_ready)
        except running.AlreadyRunning as error:
            raise CommandError(str(error)) from error

    def _prepare(self) -> None:
        call_command("migrate", verbosity=0, interactive=False)
        call_command("collectstatic", verbosity=0, interactive=False)

    def announce(self, site_url: str) -> None:
        """Print the address and, before the first sign-in, a one-time link."""
        self.stdout.write(f"\n  Logosite is at {site_url}\n")
        if not accounts.has_anybody_signed_in():
            link = login_url(site_url, accounts.first_administrator())
            self.stdout.write(f"  Sign in with this link (once, within an hour):\n  {link}\n")
        self.stdout.write("  Ctrl-C stops it.\n\n")
        self.stdout.flush()
        connections.close_all()


class Announcement:
    """Called at each tick; announces once, as soon as the web server answers."""

    def __init__(self, command: Command, host: str, port: int, site_url: str) -> None:
        self._command, self._site_url = command, site_url
        self._address = (shown_host(host).strip("[]"), port)
        self._is_done = False

    def __call__(self) -> None:
        if not self._is_done and processes.is_serving(self._address):
            self._is_done = True
            self._command.announce(self._site_url)


def add_members(
    supervisor: Supervisor, options: dict[str, Any], env: dict[str, str]
) -> Callable[[], bool]:
    """Add the processes; return a check of whether the first is ready for the others."""
    is_ready = _add_broker(supervisor, env)
    supervisor.add("web", processes.web(options["host"], options["port"]), env)
    if not options["no_workers"]:
        for name, command in processes.background().items():
            if name != "browser" or not installation.problem(conf.browser_settings().path):
                supervisor.add(name, command, env)
    return is_ready


def _add_broker(supervisor: Supervisor, env: dict[str, str]) -> Callable[[], bool]:
    var_dir = conf.var_dir()
    if conf.redis_url() != embedded_redis_url(var_dir):
        return lambda: True
    try:
        supervisor.add("broker", broker_command(var_dir), env)
    except NoBroker as error:
        raise CommandError(str(error)) from error
    return lambda: is_broker_ready(broker_socket(var_dir))


def is_broker_ready(path: Path) -> bool:
    """Return whether the embedded broker has loaded its file and answers."""
    client = redis.Redis(unix_socket_path=str(path))
    try:
        return bool(client.ping())
    except redis.RedisError:
        return False
    finally:
        client.close()


def refuse_taken(host: str, port: int) -> None:
    """Fail before anything starts if the port is in use."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    with socket.socket(family) as probe, suppress(PermissionError):
        probe.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        try:
            probe.bind((host, port))
        except OSError as error:
            message = f"cannot listen on {host}:{port}: {error.strerror}; choose another --port"
            raise CommandError(message) from error


def shown_host(host: str) -> str:
    """Return ``host`` as a browser on this machine writes it."""
    everywhere = {"0.0.0.0": "127.0.0.1", "::": "[::1]"}  # noqa: S104 - compared, not bound
    return everywhere.get(host, f"[{host}]" if ":" in host else host)
