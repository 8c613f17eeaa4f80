"""Every misbehaving server yields an error code within size limits and deadline."""

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.adapter import TransferLimits
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.failures import BadStatus
from tests.pipeline.web.conftest import PUBLIC, RULES, Network
from tests.pipeline.web.server import HTML, HostileServer

pytestmark = pytest.mark.slow

CODES = {
    "/gzip-bomb": "too_large",
    "/gzip-bomb-html": "too_large",
    "/gzip-gzip": "bad_response",
    "/bad-br": "bad_response",
    "/cut-br": "bad_response",
    "/bad-zstd": "bad_response",
    "/cut-zstd": "bad_response",
    "/wide-zstd": "bad_response",
    "/empty-frames": "bad_response",
    "/brotli-bomb": "too_large",
    "/zstd-bomb": "too_large",
    "/bad-gzip": "bad_response",
    "/cut-gzip": "bad_response",
    "/huge": "too_large",
    "/huge-html": "too_large",
    "/endless": "too_large",
    "/long-image": "too_large",
    "/long-line": "bad_response",
    "/many-headers": "bad_response",
    "/garbage": "bad_response",
    "/bad-chunk": "bad_response",
    "/truncated": "bad_response",
    "/loop": "too_many_redirects",
    "/empty": "connect",
    "/silent": "timeout",
    "/drip": "timeout",
    "/gzip-drip": "timeout",
    "/header-drip": "timeout",
    "/one-header-drip": "timeout",
    "/continue": "timeout",
    "/401": "http_4xx",
    "/403": "http_403",
    "/403-br": "http_403",
    "/404": "http_404",
    "/429": "http_4xx",
    "/500": "http_5xx",
    "/500-bomb": "http_5xx",
    "/deflate-bomb": "too_large",
    "/svg-bomb": "too_large",
    "/x-gzip-bomb": "too_large",
    "/br-bomb": "too_large",
    "/compress": "bad_response",
    "/identity-gzip": "bad_response",
    "/lying-length": "bad_response",
    "/huge-chunk": "bad_response",
    "/cut-chunk": "bad_response",
    "/bad-status": "bad_response",
    "/ssh": "bad_response",
    "/redirect-to-itself": "too_many_redirects",
    "/redirect-to-long": "refused_address",
    "/redirect-to-control": "refused_address",
    "/redirect-to-unreadable": "bad_response",
    "/redirect-to-backslashes": "refused_address",
    "/redirect-to-a-tab": "refused_address",
    "/redirect-303": "refused_address",
    "/redirect-307": "refused_address",
    "/redirect-308": "refused_address",
    "/two-framings": "bad_response",
    "/http-09": "bad_response",
    "/unknown-version": "bad_response",
    "/raw-bomb": "too_large",
    "/endless-trailers": "timeout",
    "/endless-chunk-extension": "timeout",
}
TRANSIENT = {"/empty", "/silent", "/drip", "/gzip-drip", "/header-drip", "/one-header-drip",
             "/continue", "/endless-trailers", "/endless-chunk-extension",
             "/429", "/500", "/500-bomb"}  # fmt: skip


@pytest.mark.parametrize(("path", "code"), CODES.items())
def test_a_misbehaving_server_gives_a_code(path: str, code: str, client: SafeClient) -> None:
    with pytest.raises(FetchError) as raised:
        client.get(f"http://pub.test{path}", max_bytes=4000)

    assert raised.value.code == code
    assert raised.value.is_transient == (path in TRANSIENT)
    assert PUBLIC not in str(raised.value)


@pytest.mark.parametrize(
    ("path", "status"),
    [("/use-proxy", 305), ("/choices", 300), ("/not-modified", 304), ("/created", 201),
     ("/early-hints", 103)],
)  # fmt: skip
def test_other_statuses_with_location_are_not_followed(
    path: str, status: int, client: SafeClient, network: Network
) -> None:
    assert client.get(f"http://pub.test{path}", max_bytes=4000).status == status
    assert network.connections == [(PUBLIC, 80)]


@pytest.mark.parametrize(
    "path",
    ["/two-locations", "/negative-length", "/length-in-words", "/no-colon", "/python-codec"],
)
def test_invalid_headers_fail_only_their_response(
    path: str, client: SafeClient, network: Network
) -> None:
    assert len(client.get(f"http://pub.test{path}", max_bytes=4000).body) <= len(HTML)
    assert set(network.connections) == {(PUBLIC, 80)}


@pytest.mark.parametrize(
    "path", ["/gzip", "/deflate", "/raw-deflate", "/br", "/zstd", "/zstd-frames"]
)
def test_compressed_answers_are_decoded(path: str, client: SafeClient) -> None:
    assert client.get(f"http://pub.test{path}", max_bytes=4000).body == HTML


def test_a_redirect_with_a_bomb_is_followed(client: SafeClient) -> None:
    assert client.get("http://pub.test/redirect-bomb", max_bytes=4000).body == HTML


def test_long_html_is_cut(client: SafeClient) -> None:
    assert client.get("http://pub.test/long-html", max_bytes=22).body == b"<p>long</p>" * 2


def test_a_redirect_loop_costs_six_requests(client: SafeClient, server: HostileServer) -> None:
    with pytest.raises(FetchError):
        client.get("http://pub.test/loop", max_bytes=100)

    assert server.paths() == ["/loop"] * 6


def test_a_domain_has_twelve_requests(client: SafeClient, server: HostileServer) -> None:
    for _ in range(12):
        client.get("http://pub.test/", max_bytes=100)

    with pytest.raises(FetchError) as raised:
        client.get("http://pub.test/", max_bytes=100)
    assert raised.value.code == "request_limit"
    assert len(server.requests) == 12


def test_only_the_sites_own_cookies_and_no_referrer_or_proxy(
    client: SafeClient, server: HostileServer, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HTTP_PROXY", "http://127.0.0.1:1")

    client.get("http://pub.test/cookie", max_bytes=100)

    path, request = server.requests[-1]
    assert path == "/after-cookie"
    lines = request.lower().split(b"\r\n")
    assert b"user-agent: logosite-test" in lines
    assert b"accept-encoding: gzip, deflate, br, zstd" in lines
    assert [line for line in lines if line.startswith((b"cookie", b"referer"))] == [b"cookie: a=b"]


def test_a_location_in_utf8_with_spaces_is_followed(
    client: SafeClient, server: HostileServer
) -> None:
    client.get("http://pub.test/utf8-location", max_bytes=100)

    assert server.paths()[-1] == "/%C3%BC%20ber"


def test_an_error_keeps_its_page(client: SafeClient) -> None:
    with pytest.raises(BadStatus) as raised:
        client.get("http://pub.test/403", max_bytes=100)

    assert raised.value.response.body == b"no"


def test_https_on_a_plain_server_is_a_tls_error(client: SafeClient) -> None:
    with pytest.raises(FetchError) as raised:
        client.get("https://pub.test/", max_bytes=100)

    assert raised.value.code in {"tls", "timeout"}


def test_no_request_after_the_domain_deadline(network: Network, server: HostileServer) -> None:
    options = ClientOptions(
        "Logosite-test", rules=RULES, limits=TransferLimits(), domain_seconds=0.0
    )
    client = SafeClient(options, resolve=network.resolve, dial=network.dial)

    with pytest.raises(FetchError) as raised:
        client.get("http://pub.test/", max_bytes=100)

    client.close()
    assert (raised.value.code, raised.value.is_transient) == ("timeout", True)
    assert server.requests == []
