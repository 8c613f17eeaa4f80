import io
import json
import zipfile
from pathlib import Path

import pytest

from clustering.pipeline.errors import FetchError
from clustering.pipeline.web.client import ClientOptions, SafeClient
from clustering.pipeline.web.failures import BadStatus
from clustering.pipeline.web.recorded import RecordedWeb

INDEX = {
    "hosts": {"a.de": "", "down.de": "tls"},
    "answers": {
        "a.de/": {"status": 200, "headers": {"content-type": "text/html"}, "body": "page"},
        "a.de/old": {"status": 301, "headers": {"location": "https://www.a.de/"}},
    },
}


@pytest.fixture
def client(tmp_path: Path) -> SafeClient:
    out = io.BytesIO()
    with zipfile.ZipFile(out, "w") as archive:
        archive.writestr("index.json", json.dumps(INDEX))
        archive.writestr("page", b"<p>hello</p>")
    (tmp_path / "web.zip").write_bytes(out.getvalue())
    return SafeClient(ClientOptions("tests"), adapter=RecordedWeb(tmp_path / "web.zip"))


@pytest.mark.parametrize("url", ["https://a.de/", "http://a.de", "https://www.a.de/#top"])
def test_schemes_and_www_lead_to_the_recorded_page(client: SafeClient, url: str) -> None:
    answer = client.get(url, max_bytes=1000)

    assert (answer.status, answer.body, answer.media_type) == (200, b"<p>hello</p>", "text/html")


def test_a_recorded_redirect_is_followed_by_the_client(client: SafeClient) -> None:
    assert client.get("https://a.de/old", max_bytes=1000).url == "https://www.a.de/"


def test_a_recorded_body_is_capped_like_any_other(client: SafeClient) -> None:
    assert client.get("https://a.de/", max_bytes=3).body == b"<p>"


def test_a_page_that_was_not_recorded_is_a_404(client: SafeClient) -> None:
    with pytest.raises(BadStatus) as failure:
        client.get("https://a.de/none", max_bytes=1000)

    assert failure.value.code == "http_404"


@pytest.mark.parametrize(("host", "code"), [("down.de", "tls"), ("unknown.de", "dns")])
def test_recorded_failures_are_permanent(client: SafeClient, host: str, code: str) -> None:
    with pytest.raises(FetchError) as failure:
        client.get(f"https://{host}/", max_bytes=1000)

    assert (failure.value.code, failure.value.is_transient) == (code, False)


def test_addresses_are_checked_before_the_recording(client: SafeClient) -> None:
    with pytest.raises(FetchError) as failure:
        client.get("http://127.0.0.1/", max_bytes=1000)

    assert failure.value.code == "refused_address"
