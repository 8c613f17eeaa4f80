"""A batch of fetches with a finder of the test."""

from collections.abc import Callable

from clustering.models import Dataset, Domain
from clustering.pipeline.finders import Captured, LogoCandidate, SiteLogo
from clustering.pipeline.finders.rules import Rule
from clustering.pipeline.imaging.fingerprints import fingerprint
from clustering.services.fetching import worker
from tests.factories import make_image


def site(*keys: str) -> SiteLogo:
    """Return a site with an image for each key, one character."""
    captures = tuple(
        Captured(
            LogoCandidate("img", f"https://x.de/{key}.png", (Rule.HOME_LINK.hit(),)),
            make_image(key),
            fingerprint(key.encode()),
        )
        for key in keys
    )
    return SiteLogo("https://x.de/", "logo", 0.97, captures)


def fetch(dataset: Dataset, find: Callable[[Domain], SiteLogo]) -> int:
    """Fetch the due domains, and return how many were claimed."""
    return worker.fetch_batch(dataset, find=find, limit=100, threads=4)
