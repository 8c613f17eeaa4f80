"""The MCP server over streamable HTTP: every request carries the API token of its user."""

import json
from collections.abc import Awaitable, Callable, MutableMapping, Sequence
from contextvars import ContextVar
from typing import Any, Final

from asgiref.sync import ThreadSensitiveContext, sync_to_async
from django.db import connections
from mcp.server.transport_security import TransportSecuritySettings

from clustering import conf
from clustering.api.mcp_server import Tools, serving
from clustering.models import ApiToken
from clustering.services import rate_limits, tokens

PATH: Final = "/mcp"
MAX_BODY_BYTES: Final = 1 << 20
BEARER: Final = b"Bearer "
Message = MutableMapping[str, Any]
Receive = Callable[[], Awaitable[Message]]
Send = Callable[[Message], Awaitable[None]]
App = Callable[[Message, Receive, Send], Awaitable[None]]

_secret: ContextVar[str] = ContextVar("mcp_secret", default="")


def application(hosts: Sequence[str]) -> App:
    """Return the ASGI application at ``PATH``; requests for other hosts are refused."""
    ports = [f"{host}:*" for host in hosts]
    security = TransportSecuritySettings(allowed_hosts=[*hosts, *ports])
    app = serving(Tools(_secret.get)).streamable_http_app(
        streamable_http_path=PATH,
        json_response=True,
        stateless_http=True,  # no session lasts longer than its token
        max_request_body_size=MAX_BODY_BYTES,
        transport_security=security,
    )
    return _with_token(app)


def _with_token(app: App) -> App:
    async def respond(scope: Message, receive: Receive, send: Send) -> None:
        if scope["type"] != "http":
            await app(scope, receive, send)
            return
        given = dict(scope["headers"]).get(b"authorization", b"")
        secret = given.removeprefix(BEARER).decode("latin-1") if given.startswith(BEARER) else ""
        async with ThreadSensitiveContext():  # a thread of its own: others need not wait
            refusal = await sync_to_async(_refusal)(secret)
            bound = _secret.set(secret)
            try:
                if refusal:
                    await _refuse(send, *refusal)
                else:
                    await app(scope, receive, send)
            finally:
                _secret.reset(bound)
                await sync_to_async(connections.close_all)()

    return respond


def _refusal(secret: str) -> tuple[int, str] | None:
    """Return status and text for a request that is not served."""
    token: ApiToken | None = tokens.find(secret)
    if token is None:
        return 401, "send a valid API token as a bearer token"
    allowance = rate_limits.count(token.pk, conf.api_requests_per_minute())
    if allowance.is_exceeded:
        return 429, f"more than {allowance.limit} requests in a minute"
    return None


async def _refuse(send: Send, status: int, text: str) -> None:
    headers = [(b"content-type", b"application/json"), (b"www-authenticate", b"Bearer")]
    await send({"type": "http.response.start", "status": status, "headers": headers})
    await send({"type": "http.response.body", "body": json.dumps({"error": text}).encode()})
