"""Sites that a browser reaches: cookie gates, scripts, frames, error pages, consent, moves."""

from collections.abc import Mapping

import pytest
import requests

from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders import page_result
from clustering.pipeline.finders.exits import header_target
from clustering.pipeline.finders.ranking import REVIEW_THRESHOLD
from clustering.pipeline.finders.site import find_logo
from clustering.pipeline.web.client import ClientOptions, SafeClient
from tests.pipeline.finders.pages import ICON, seen
from tests.pipeline.finders.played_web import HOME, LOGO, Answer, PlayedWeb, code, decode, look

END = LOGO.format("/l.png")
NAV = "<nav><a href='/a'>Otters</a></nav>"
ERROR_SITE = "<title>Otterbrook</title>" + LOGO.format("/l.png") + NAV
QUESTION = (
    "<h1>Otterbrook</h1><p>We use cookies. Cookies help us, and with your consent our partners. "
    "See our privacy policy.</p><button> Accept all</button><button>Settings</button>"
)


class GatedWeb(PlayedWeb):
    """Answers with the page behind the gate once the request has a cookie."""

    def __init__(self, gate: Answer, cookie: str) -> None:
        super().__init__({HOME: gate, HOME + "l.png": "9x9", HOME + "in/": END})
        self._inside = PlayedWeb({HOME: END})
        self._cookie = cookie

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        if request.url == HOME and request.headers.get("Cookie") == self._cookie:
            return self._inside.send(request)
        return super().send(request)


@pytest.mark.parametrize(
    "gate",
    [
        "<script>document.cookie='seen=1; path=/'; location.reload();</script>",
        "<script>var c = 'seen=1'; document.cookie = c + '; path=/';location.href='/'</script>",
        "<body onload=\"document.cookie='seen=1';window.location.reload(true)\">Wait</body>",
        "<script>document.cookie='seen=1'</script><meta http-equiv=refresh content='0'>",
        "<script>document.cookie='seen=1'</script><meta http-equiv=refresh content='1;url=/'>",
        (403, "<script>document.cookie=\"seen=1\";location.replace(location.href)</script>"),
        (503, "<title>Just a moment</title><script>document.cookie='seen=1';location.reload()"
         "</script>"),
    ],
)  # fmt: skip
def test_a_gate_whose_script_sets_a_cookie_opens(gate: Answer) -> None:
    site = look(GatedWeb(gate, "seen=1"))

    assert (site.final_url, site.captures[0].candidate.source_url) == (HOME, HOME + "l.png")


def test_a_gate_that_stays_shut_ends() -> None:
    gate = "<script>document.cookie='seen=1'; location.reload();</script>"
    web = GatedWeb(gate, "never")

    with pytest.raises(FetchError) as raised:
        look(web)

    assert raised.value.code == "no_logo"
    assert web.asked.count(HOME) == 2


@pytest.mark.parametrize(
    "page",
    [
        "<script>location.href = location.protocol + '//' + location.host + '/in/'</script>",
        '<script>window.location = window.location.origin + "/in/";</script>',
        "<script>var to = '/in/';\nsetTimeout(() => { top.location.href = to }, 9)</script>",
        "<script>setTimeout(\"location.href='/in/'\", 500)</script>",
        "<script>location.replace('\\/in\\/')</script>",
        "<script>location['href'] = '/in/'</script>",
        "<script>document.location.pathname = '/in/'</script>",
        "<script>if (ie) location='/unsupported-browser/'; else location='/in/'</script>",
        "<script>if (/iPhone/.test(ua)) location='/m/'; else location='/in/'</script>",
        "<body onload=\"location.assign('/in/')\"></body>",
        "<meta http-equiv='refresh' content='0;/in/'>",
        "<meta http-equiv='refresh' content='0 url=/in/'>",
        "<script>window.navigate('/in/')</script>",
        "<noscript><img src='https://t.co/p' width=1></noscript><script>location='/in/'</script>",
        "<img src='/loading.gif'><script>self.location = 'in/'</script>",
        "<frameset><frame src='/in/'></frameset>",
        "<iframe src='/in/' width='100%' height='100%'></iframe>",
        "<noscript><meta http-equiv='refresh' content='0;url=/in/'></noscript><p>Loading</p>",
        "<p>Loading</p><form action='/in/'></form><script>document.forms[0].submit()</script>",
        (404, "<meta http-equiv='refresh' content='0; url=/in/'>"),
    ],
)
def test_a_near_empty_page_is_left_as_a_browser_leaves_it(page: Answer) -> None:
    web = PlayedWeb({HOME: page, HOME + "in/": END, HOME + "l.png": "9x9"})

    assert look(web).final_url == HOME + "in/"


@pytest.mark.parametrize(
    "page",
    [
        "<script>location.href='/in/'</script>" + "<p>Otters swim in this brook.</p>" * 30,
        "<script>function f() { return location == '/in/' }</script>",
        "<script>location.href='/in/' + id</script>",
        "<script>location.href=`/in/${id}`</script>",
        "<script>location.href='javascript:alert(1)'</script>",
        "<script>location.href='/no-javascript.html'</script>",
        "<noscript><meta http-equiv='refresh' content='0;url=/noscript/'></noscript>",
        "<meta http-equiv='refresh' content='30'>",
        "<iframe src='/in/' width=0 height=0></iframe>",
        "<form method=post action='/in/'></form><script>document.forms[0].submit()</script>",
        "<form action='/in/'><button>Search</button></form>",
    ],
)
def test_other_pages_are_not_left(page: str) -> None:
    assert seen(page).refresh == ""


def test_a_shell_keeps_its_icon_where_its_script_leads_nowhere() -> None:
    web = PlayedWeb(
        {HOME: ICON + "<script>location='/gone/'</script>", HOME + "icon.png": "32x32"}
    )

    assert look(web).kind == "icon_only"


@pytest.mark.parametrize("status", [401, 403, 404, 410, 429, 500, 503])
def test_an_error_page_with_the_site_gives_its_logo(status: int) -> None:
    script = "<script src='/_Incapsula_Resource'></script>"
    site = look(PlayedWeb({HOME: (status, ERROR_SITE + script), HOME + "l.png": "9x9"}))

    assert site.captures[0].candidate.source_url == HOME + "l.png"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ((403, "<h1>403 Forbidden</h1><hr>nginx"), "http_403"),
        ((403, NAV + ICON + "<h1>Forbidden</h1>"), "http_403"),
        ((404, "<img src='/logo.png' alt='GitHub'>"), "http_404"),
        ((500, NAV + "<a href='https://host.com/'><img src='/logo.png'></a>"), "http_5xx"),
        ((403, "<title>Access denied</title>" + NAV + END), "blocked"),
        ((403, "<script src='https://geo.captcha-delivery.com/c.js'></script>"), "blocked"),
        ((404, "<h1>This domain is for sale</h1><script>location</script>"), "parked"),
    ],
)
def test_other_error_pages_stay_errors(page: Answer, expected: str) -> None:
    assert code({HOME: page, HOME + "icon.png": "9x9", HOME + "logo.png": "9x9"}) == expected


def test_an_error_page_without_parts_counts_if_its_logo_leads_home_and_names_the_site() -> None:
    page = "<a href='/'><img class=logo src='/l.png' alt='Otterbrook logo'></a><p>Closed</p>"

    site = look(PlayedWeb({HOME: (403, page), HOME + "l.png": "9x9"}))

    assert site.captures[0].candidate.source_url == HOME + "l.png"


@pytest.mark.parametrize(
    ("header", "expected"),
    [
        ("0; url=/in/", HOME + "in/"),
        ("2;URL='https://otterbrook.com/in/'", HOME + "in/"),
        ("30; url=/in/", ""),
        ("0; url=javascript:alert(1)", ""),
        ("0", ""),
        ("", ""),
    ],
)
def test_a_refresh_header_is_read_as_a_meta_element(header: str, expected: str) -> None:
    assert header_target(header, HOME) == expected


def consent(url: str, page: str) -> Mapping[str, Answer]:
    return {HOME: (302, url), url: page, "https://otterbrook.com/l.png": "9x9"}


@pytest.mark.parametrize(
    "pages",
    [
        {HOME: QUESTION},
        {HOME: "<title>Before you continue</title><p>Cookies</p>" + ICON},
        {HOME: QUESTION + ICON, HOME + "icon.png": "9x9"},
        consent("https://consent.otterbrook.com/v2?x=1", "<p>Your privacy</p>" + END),
        consent("https://myprivacy.fernhill.com/consent?site=o", "<p>Toestemming</p>" + END),
        consent("https://otterbrook.com/consent?return=/", QUESTION + END),
        {HOME: (403, "<title>Cookie wall</title><p>location</p>" + QUESTION)},
    ],
)
def test_a_consent_page_has_a_code_of_its_own(pages: Mapping[str, Answer]) -> None:
    assert code(pages) == "consent"


@pytest.mark.parametrize(
    "page",
    [
        END + QUESTION,
        ICON + "<div id=root></div>" + QUESTION,
        ICON + NAV + QUESTION,
        ICON + QUESTION + "<p>Otters live near the brook.</p>" * 60,
        ICON + "<p>Cookies, baked with consent: no privacy, cookie lovers.</p>",
    ],
)
def test_a_page_with_a_banner_for_cookies_is_a_page(page: str) -> None:
    web = PlayedWeb({HOME: page, HOME + "l.png": "9x9", HOME + "icon.png": "9x9"})

    assert look(web).final_url == HOME


def test_a_page_of_a_site_may_have_the_path_of_a_consent_page() -> None:
    pages = consent("https://otterbrook.com/pur/", NAV + "<p>Cookies and privacy</p>" + END)

    assert look(PlayedWeb(pages)).final_url == "https://otterbrook.com/pur/"


MOVED: Mapping[str, Answer] = {
    HOME: (302, "https://fernhill.com/otters"),
    "https://fernhill.com/otters": END,
    "https://fernhill.com/l.png": "9x9",
}


@pytest.mark.parametrize("leading", [MOVED[HOME], (301, "https://fernhill.com/")])
def test_a_move_names_the_new_domain(leading: Answer) -> None:
    with pytest.raises(FetchError) as raised:
        look(PlayedWeb({**MOVED, "https://fernhill.com/": END, HOME: leading}))

    assert (raised.value.code, str(raised.value)) == ("moved", "moved to fernhill.com")


@pytest.mark.parametrize(
    "leading",
    [
        (301, "https://fernhill.com/otters"),
        (302, "https://fernhill.com/otters"),
        "<meta http-equiv='refresh' content='0;url=https://fernhill.com/otters'>",
        "<frameset><frame src='https://fernhill.com/otters'></frameset>",
    ],
)
def test_a_move_is_followed_by_choice_for_review(leading: Answer) -> None:
    client = SafeClient(ClientOptions("Test"), adapter=PlayedWeb({**MOVED, HOME: leading}))

    site = find_logo(
        "otterbrook.com", client, decode, page_result.inspect_page, follows_moves=True
    )

    assert (site.final_url, site.kind) == ("https://fernhill.com/otters", "logo")
    assert site.captures[0].candidate.score < REVIEW_THRESHOLD


def test_a_move_to_a_platform_is_never_followed() -> None:
    web = PlayedWeb({HOME: (302, "https://facebook.com/o"), "https://facebook.com/o": END})
    client = SafeClient(ClientOptions("Test"), adapter=web)

    with pytest.raises(FetchError) as raised:
        find_logo("otterbrook.com", client, decode, page_result.inspect_page, follows_moves=True)

    assert raised.value.code == "parked"


@pytest.mark.parametrize(
    ("page", "expected"),
    [
        ("<div id=root></div><script src='/app.js'></script>", "needs_browser"),
        ("<p>Please enable JavaScript</p><script src='/app.js'></script>", "needs_browser"),
        ("<p>Hello</p>", "no_logo"),
        ("<p>Otters swim in this brook.</p>" * 30 + "<script src='/app.js'></script>", "no_logo"),
    ],
)
def test_a_page_that_a_script_draws_needs_a_browser(page: str, expected: str) -> None:
    assert code({HOME: page}) == expected


def test_a_shell_with_an_icon_gives_the_icon() -> None:
    page = ICON + "<div id=root></div><script src='/app.js'></script>"

    assert look(PlayedWeb({HOME: page, HOME + "icon.png": "32x32"})).kind == "icon_only"
