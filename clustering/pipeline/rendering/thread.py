"""A thread of its own for the browser: Playwright keeps an event loop in the thread it runs in."""

import queue
import threading
from concurrent.futures import Future
from typing import Final

from clustering.pipeline.errors import FetchError
from clustering.pipeline.rendering import Rendered
from clustering.pipeline.rendering.browser import PAGE_SECONDS, BrowserOptions, Renderer, browser
from clustering.pipeline.rendering.proxy import Proxy
from clustering.pipeline.web.adapter import Dial, dial
from clustering.pipeline.web.addresses import AddressRules
from clustering.pipeline.web.resolver import Resolve, resolve

PATIENCE_SECONDS: Final = 3 * PAGE_SECONDS  # starting and ending the browser included
Job = tuple[str, "Future[Rendered]"]


class RenderingThread:
    """Renders pages one after the other while it is entered; a killed browser is started anew."""

    def __init__(
        self,
        options: BrowserOptions,
        rules: AddressRules,
        *,
        resolve: Resolve = resolve,
        dial: Dial = dial,
    ) -> None:
        self._options = options
        self._proxy = Proxy(rules, resolve=resolve, dial=dial)
        self._jobs: queue.SimpleQueue[Job | None] = queue.SimpleQueue()
        self._thread = threading.Thread(target=self._run, name="browser", daemon=True)
        self.most_bytes = 0
        """The most memory of one page."""

    def __enter__(self) -> "RenderingThread":
        self._thread.start()
        return self

    def __exit__(self, *_: object) -> None:
        self._jobs.put(None)
        self._thread.join(PATIENCE_SECONDS)

    def render(self, url: str) -> Rendered:
        """Return the page at ``url`` after its scripts ran.

        Raises:
            FetchError: ``no_browser``, or why the page could not be drawn.
        """
        future: Future[Rendered] = Future()
        self._jobs.put((url, future))
        try:
            return future.result(PATIENCE_SECONDS)
        except TimeoutError as error:
            raise FetchError("timeout", "the browser does not answer") from error

    def _run(self) -> None:
        with self._proxy:
            job = self._jobs.get()
            while job is not None:
                job = self._with_browser(job)

    def _with_browser(self, job: Job | None) -> Job | None:
        """Serve jobs until the browser ends; return the next one, None at the end."""
        try:
            with browser(self._options, self._proxy) as renderer:
                while job is not None and renderer.is_usable:
                    self._serve(renderer, job)
                    job = self._jobs.get()
                return job
        except FetchError as error:
            if job is not None and not job[1].done():
                job[1].set_exception(error)
            return self._jobs.get()

    def _serve(self, renderer: Renderer, job: Job) -> None:
        url, future = job
        try:
            future.set_result(renderer.render(url))
        except FetchError as error:
            future.set_exception(error)
        self.most_bytes = max(self.most_bytes, renderer.most_bytes)
