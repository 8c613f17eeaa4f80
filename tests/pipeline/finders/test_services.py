"""Logo services: opt-in, queried last, placeholders rejected."""

from collections.abc import Mapping

import pytest

from clustering.pipeline.errors import FetchError, InputError
from clustering.pipeline.finders import SiteLogo, page_result
from clustering.pipeline.finders.services import (
    SERVICES,
    LogoService,
    query_services,
    template_service,
)
from clustering.pipeline.finders.site import find_logo
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.finders.played_web import Answer, PlayedWeb, decode

DOMAIN = "otterbrook.com"
HOME = f"https://{DOMAIN}/"
GOOGLE, DUCK = SERVICES["google"], SERVICES["duckduckgo"]
KEYED = SERVICES["logo_dev"].with_key("pk_secret")
GOOGLE_URL = f"https://www.google.com/s2/favicons?domain={DOMAIN}&sz=128"
DUCK_URL = f"https://icons.duckduckgo.com/ip3/{DOMAIN}.ico"
DUCK_WWW_URL = f"https://icons.duckduckgo.com/ip3/www.{DOMAIN}.ico"
KEYED_URL = f"https://img.logo.dev/{DOMAIN}?token=pk_secret&size=256&format=png&fallback=404"
BARE = {HOME: "<p>Hello</p>"}
BLOCKED: dict[str, Answer] = {HOME: (403, "<title>Just a moment...</title>")}


def find(web: PlayedWeb, *services: LogoService) -> SiteLogo:
    client = SafeClient(ClientOptions("Logosite-test"), adapter=web)
    try:
        return find_logo(DOMAIN, client, decode, page_result.inspect_page, services=services)
    finally:
        client.close()


def failure(pages: Mapping[str, Answer], *services: LogoService) -> FetchError:
    with pytest.raises(FetchError) as raised:
        find(PlayedWeb(pages), *services)
    return raised.value


def test_no_service_is_queried_by_default() -> None:
    web = PlayedWeb({**BARE, GOOGLE_URL: "32x32"})

    with pytest.raises(FetchError):
        find(web)

    assert all(url.startswith(HOME) for url in web.asked)


def test_no_service_is_queried_if_the_site_has_a_logo() -> None:
    page = '<header><a href="/"><img class="logo" src="/l.png"></a></header>'
    web = PlayedWeb({HOME: page, HOME + "l.png": "90x30"})

    assert find(web, GOOGLE, DUCK, KEYED).kind == "logo"
    assert all(url.startswith(HOME) for url in web.asked)


@pytest.mark.parametrize("pages", [BARE, BLOCKED, {HOME: FetchError("tls")}])
def test_service_is_queried_if_the_site_has_no_logo(pages: Mapping[str, Answer]) -> None:
    site = find(PlayedWeb({**pages, GOOGLE_URL: "32x32"}), GOOGLE)

    (capture,) = site.captures
    assert (site.kind, capture.candidate.finder) == ("icon_only", "google")
    assert capture.candidate.source_url == GOOGLE_URL
    assert site.confidence <= 0.65


def test_next_service_is_queried_if_one_has_nothing() -> None:
    site = find(PlayedWeb({**BARE, DUCK_URL: "32x32"}), GOOGLE, DUCK)

    assert site.captures[0].candidate.finder == "duckduckgo"


def test_service_keyed_by_host_is_queried_with_and_without_www() -> None:
    site = find(PlayedWeb({**BARE, DUCK_WWW_URL: "32x32"}), DUCK)

    assert site.captures[0].candidate.source_url == DUCK_WWW_URL


def test_key_is_sent_but_never_stored() -> None:
    web = PlayedWeb({**BARE, KEYED_URL: "256x256"})

    site = find(web, KEYED)

    assert web.asked[-1] == KEYED_URL
    assert site.kind == "logo"
    assert "pk_secret" not in repr((site.captures, site.final_url, KEYED))
    assert "token=KEY" in site.captures[0].candidate.source_url


@pytest.mark.parametrize(
    "answer", [(401, "no"), (500, "no"), FetchError("timeout"), "<html>", (302, "/x?pk_secret")]
)
def test_error_of_a_service_never_contains_the_key(answer: Answer) -> None:
    client = SafeClient(ClientOptions("Logosite-test"), adapter=PlayedWeb({KEYED_URL: answer}))

    with pytest.raises(FetchError) as raised:
        query_services(DOMAIN, [KEYED], client, decode)

    client.close()
    causes = [raised.value, raised.value.__cause__]
    assert "pk_secret" not in "".join(map(repr, causes))


def test_service_without_its_key_is_not_queried() -> None:
    web = PlayedWeb(BARE)

    with pytest.raises(FetchError):
        find(web, SERVICES["logo_dev"])

    assert all(url.startswith(HOME) for url in web.asked)


@pytest.mark.parametrize(
    "answer", ["16x16 globe", "128x128 monogram", (404, "16x16", "image/png")]
)
def test_placeholder_of_a_service_is_reported(answer: Answer) -> None:
    assert failure({**BARE, GOOGLE_URL: answer}, GOOGLE).code == "placeholder"


def test_logo_after_a_placeholder_is_found() -> None:
    pages: dict[str, Answer] = {**BARE, GOOGLE_URL: (404, "16x16", "image/png")}

    site = find(PlayedWeb({**pages, DUCK_URL: "48x48"}), GOOGLE, DUCK)

    assert site.captures[0].candidate.finder == "duckduckgo"


def test_error_of_a_service_does_not_hide_the_sites_error() -> None:
    assert failure({**BLOCKED, GOOGLE_URL: (500, "broken")}, GOOGLE).code == "blocked"


@pytest.mark.parametrize(
    ("answer", "code"),
    [
        (FetchError("refused_address"), "refused_address"),
        ("<h1>This domain is for sale</h1>", "parked"),
        (FetchError("robots"), "robots"),
        (FetchError("dns", is_transient=True), "dns"),
    ],
)
def test_private_names_and_transient_failures_are_not_queried(answer: Answer, code: str) -> None:
    web = PlayedWeb({HOME: answer, GOOGLE_URL: "32x32"})

    with pytest.raises(FetchError) as raised:
        find(web, GOOGLE)

    assert (raised.value.code, GOOGLE_URL in web.asked) == (code, False)


def test_an_operators_template_is_a_service() -> None:
    service = template_service("https://logos.example.com/v1/{domain}?apikey={key}", " k&1 ")

    assert (service.host, service.needs_key, service.is_ready) == ("logos.example.com", True, True)
    assert service.address("a.de") == "https://logos.example.com/v1/a.de?apikey=k%261"
    assert service.public_address("a.de") == "https://logos.example.com/v1/a.de?apikey=KEY"


@pytest.mark.parametrize(
    "template",
    [
        "",
        "https://logos.example.com/",
        "http://logos.example.com/{domain}",
        "https://{domain}/favicon.ico",
        "https://{domain}.example.com/{domain}",
        "https://me:pw@logos.example.com/{domain}",
        "https://logos.example.com:8443/{domain}",
        "https://logos.example.com/{domain}/{size}",
        "https://logos.example.com/{domain} {key}",
        "https://logos.example.com/{domain}/" + "a" * 500,
        "https://[::1/{domain}",
    ],
)
def test_invalid_template_is_refused(template: str) -> None:
    with pytest.raises(InputError, match="logo service's address"):
        template_service(template)


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost", "10.0.0.5", "logos.internal"])
def test_template_with_internal_host_is_refused(host: str) -> None:
    with pytest.raises(InputError, match=f"needs a public host, not {host}"):
        template_service(f"https://{host}/{{domain}}")


def test_every_known_service_has_host_and_terms() -> None:
    for name, service in SERVICES.items():
        assert service.name == name
        assert service.terms_url.startswith("https://")
        assert service.host
        assert "{" not in service.with_key("k").address(DOMAIN)
