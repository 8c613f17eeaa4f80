"""Draws the pages of sites without a sure logo, as the rendered fetch does."""

import base64
import hashlib
import resource
from collections.abc import Sequence
from typing import TYPE_CHECKING

from clustering.lab.bench.fetching.product_fetcher import PUBLIC
from clustering.lab.bench.reach.authority import Authority
from clustering.pipeline.errors import FetchError
from clustering.pipeline.finders.rendered import find_rendered
from clustering.pipeline.rendering.browser import BrowserOptions
from clustering.pipeline.rendering.thread import RenderingThread

if TYPE_CHECKING:
    from clustering.lab.bench.reach.measure import _Look


class DrawnSites:
    """Answers of sites whose page was drawn, and what that cost."""

    def __init__(self, look: "_Look", authority: Authority) -> None:
        self._look = look
        self._authority = authority
        self.hosts = set[str]()
        self.cpu_seconds = 0.0
        self.most_bytes = 0

    def answer(self, hosts: Sequence[str], answers: dict[str, str], chromium: str) -> None:
        """Draw the page of each host, and replace its answer if the page gives one."""
        options = BrowserOptions(
            chromium,
            self._look.options.user_agent,
            is_sandboxed=False,
            switches=(_trust(self._authority.issuer_key),),
        )
        before = _children_seconds()
        with RenderingThread(
            options, self._look.options.rules, resolve=lambda *_: [PUBLIC], dial=self._look.dial
        ) as thread:
            for host in hosts:
                self.hosts.add(host)
                answers[host] = self._drawn(host, thread) or answers[host]
            self.most_bytes = thread.most_bytes
        # The browser's processes have ended by now, so their time is known.
        self.cpu_seconds = (_children_seconds() - before) / max(1, len(hosts))

    def _drawn(self, host: str, thread: RenderingThread) -> str:
        client, readers = self._look.client(), self._look.readers
        try:
            found = find_rendered(host, thread.render, client, readers.decode, readers.inspect)
        except FetchError:
            return ""
        finally:
            client.close()
        return self._look.told(host, found)


def _trust(public_key: bytes) -> str:
    """Return the switch by which Chromium trusts certificates of the bench's authority."""
    digest = base64.b64encode(hashlib.sha256(public_key).digest()).decode()
    return f"--ignore-certificate-errors-spki-list={digest}"


def _children_seconds() -> float:
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime
