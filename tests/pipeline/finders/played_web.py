"""A scripted web adapter, and a decoder for images described in words."""

import io
from collections.abc import Mapping
from hashlib import sha256

import pytest
import requests
from requests.adapters import BaseAdapter
from requests.structures import CaseInsensitiveDict

from clustering.pipeline.errors import FetchError, ImageError
from clustering.pipeline.finders import SiteLogo, page_result
from clustering.pipeline.finders.site import MAX_CAPTURES, find_logo
from clustering.pipeline.imaging import NormalisedImage, PictureRegion
from clustering.pipeline.web.client import ClientOptions, SafeClient

HOME = "https://otterbrook.com/"
LOGO = '<header><a href="/"><img class="logo" src="{}"></a></header>'
Answer = str | tuple[int, str] | tuple[int, str, str] | FetchError


class PlayedWeb(BaseAdapter):
    """Answers from a table: a body, a status with a body or a location and a type, a failure."""

    def __init__(self, pages: Mapping[str, Answer]) -> None:
        super().__init__()
        self.asked: list[str] = []
        self._pages = pages

    def send(
        self, request: requests.PreparedRequest, *_: object, **__: object
    ) -> requests.Response:
        url = str(request.url)
        self.asked.append(url)
        answer = self._pages.get(url, FetchError("dns") if url.endswith("/") else (404, ""))
        if isinstance(answer, FetchError):
            raise answer
        status, body, *kind = answer if isinstance(answer, tuple) else (200, answer)
        response = requests.Response()
        response.status_code = status
        response.headers = CaseInsensitiveDict({"Content-Type": kind[0] if kind else "text/html"})
        if status in {301, 302}:
            response.headers["Location"] = body
        response.raw = io.BytesIO(body.encode())
        return response

    def close(self) -> None:
        """Nothing is open."""


def decode(data: bytes, cut: PictureRegion) -> NormalisedImage:
    """Decode ``<width>x<height> [type]``; anything else is no image."""
    size, _, kind = data.decode().partition(" ")
    width, _, height = size.partition("x")
    if size == "empty":
        raise ImageError("empty_image")
    if not height.isdigit():
        raise ImageError("bad_image")
    return NormalisedImage(
        png=data,
        sha256=sha256(data).hexdigest(),
        width=int(width),
        height=int(height),
        media_type=kind or "image/png",
        phash=0,
        ground="light",
        placeholder=kind if kind in {"globe", "monogram"} else None,
    )


def look(
    web: PlayedWeb,
    domain: str = "otterbrook.com",
    n_sure: int = MAX_CAPTURES,
    *,
    is_first_attempt: bool = False,
) -> SiteLogo:
    client = SafeClient(ClientOptions("Logosite-test"), adapter=web)
    try:
        return find_logo(
            domain,
            client,
            decode,
            page_result.inspect_page,
            n_sure=n_sure,
            is_first_attempt=is_first_attempt,
        )
    finally:
        client.close()


def code(pages: Mapping[str, Answer]) -> str:
    with pytest.raises(FetchError) as raised:
        look(PlayedWeb(pages))
    return raised.value.code
