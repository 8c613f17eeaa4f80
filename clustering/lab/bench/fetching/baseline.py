"""Baseline: requests, BeautifulSoup, JSON-LD, <img> with 'logo'."""

import json
from typing import Any, Final
from urllib.parse import urljoin

import requests
from bs4 import BeautifulSoup, Tag

from clustering.lab.bench.fetching import Plan
from clustering.lab.bench.meter import Stopwatch

TIMEOUT_SECONDS: Final = 10
HEADERS: Final = {"User-Agent": "Mozilla/5.0 (bench)"}


class PlainLoop:
    """Fetches a page and its logo without decoding or checks."""

    def __init__(self, plan: Plan, parsing: Stopwatch) -> None:
        # The bench server as a proxy, so that requests reaches its host names.
        self._proxies = {"http": f"http://127.0.0.1:{plan.port}"}
        self._parsing = parsing

    def look(self, host: str) -> str:
        """Return the failure reason of ``host``; "" for a logo."""
        url = f"http://{host}/"
        try:
            page = self._get(url)
            with self._parsing.running():
                address = logo_address(page)
            if not address:
                return "no_logo"
            self._get(urljoin(url, address))
        except requests.Timeout:
            return "timeout"
        except requests.HTTPError as error:
            return f"http_{error.response.status_code}"
        except requests.RequestException:
            return "connect"
        return ""

    def look_again(self, host: str) -> str:
        """No retry."""
        raise NotImplementedError(host)

    def parsing_elsewhere(self) -> float:
        return 0.0

    def close(self) -> None:
        """Nothing to close."""

    def _get(self, url: str) -> bytes:
        answer = requests.get(url, timeout=TIMEOUT_SECONDS, headers=HEADERS, proxies=self._proxies)
        answer.raise_for_status()
        return answer.content


def logo_address(page: bytes) -> str:
    """Return the address of the first JSON-LD logo, else that of the first <img> with 'logo'."""
    soup = BeautifulSoup(page, "html.parser")
    for script in soup.find_all("script", type="application/ld+json"):
        try:
            found = _json_ld_logo(json.loads(script.string or ""))
        except ValueError:
            continue
        if found:
            return found
    for image in soup.find_all("img"):
        names = (image.get(name) for name in ("src", "alt", "class", "id"))
        if "logo" in " ".join(str(name) for name in names).lower():
            return str(image.get("src") or "")
    icon = soup.find("link", rel="icon")
    return str(icon.get("href") or "") if isinstance(icon, Tag) else ""


def _json_ld_logo(value: Any) -> str:
    if isinstance(value, list):
        return next((found for item in value if (found := _json_ld_logo(item))), "")
    if not isinstance(value, dict):
        return ""
    logo = value.get("logo")
    address = logo.get("url") if isinstance(logo, dict) else logo
    return address if isinstance(address, str) else _json_ld_logo(list(value.values()))
