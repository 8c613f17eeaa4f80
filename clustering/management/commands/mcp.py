"""Serve the tools for assistants: over standard input and output, or over HTTP with tokens."""

import os
from argparse import ArgumentParser
from typing import Any

from django.core.management.base import BaseCommand, CommandError

from clustering import conf
from clustering.services import tokens

TOKEN = "LOGOSITE_TOKEN"  # noqa: S105  # the name of a variable
MOST_CONNECTIONS = 200


class Command(BaseCommand):
    help = (
        f"Serve MCP over stdio with the API token in {TOKEN}, or with --port over streamable HTTP "
        "at /mcp, where each request carries its own token."
    )

    def add_arguments(self, parser: ArgumentParser) -> None:
        parser.add_argument("--port", type=int, help="serve HTTP on this port instead of stdio")
        parser.add_argument("--host", default="127.0.0.1", help="address to listen on")

    def handle(self, *_args: Any, port: int | None, host: str, **_options: Any) -> None:
        """Run until standard input or the process ends."""
        if port is not None:
            self._serve_http(host, port)
            return
        secret = os.environ.get(TOKEN, "")
        if tokens.find(secret) is None:
            raise CommandError(f"Set {TOKEN} to an API token from your account page.")
        from clustering.api.mcp_server import make_server  # a heavy library

        make_server(secret).run("stdio")

    def _serve_http(self, host: str, port: int) -> None:
        import uvicorn

        from clustering.api.mcp_http import application

        uvicorn.run(
            application(conf.allowed_hosts()),
            host=host,
            port=port,
            limit_concurrency=MOST_CONNECTIONS,
            log_level="warning",
            server_header=False,
        )
