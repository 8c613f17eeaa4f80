"""The API as methods; ``run`` is a slug, or ``latest`` for the newest that succeeded."""

import time
from collections.abc import Callable, Iterator, Sequence
from pathlib import Path
from typing import Any, cast

from logosite_client.transport import TIMEOUT_SECONDS, LogositeError, Transport
from logosite_client.types import (
    Classification,
    Cluster,
    Correction,
    Dataset,
    Export,
    Found,
    Item,
    Made,
    Me,
    Outlier,
    Person,
    ReviewItem,
    Rule,
    Run,
    Why,
)

LATEST = "latest"
UNFINISHED = frozenset({"queued", "running"})


class Logosite:
    """One installation, used as the owner of a token."""

    def __init__(self, url: str, token: str, *, timeout: float = TIMEOUT_SECONDS) -> None:
        self._api = Transport(url, token, timeout)

    def datasets(self) -> Iterator[Dataset]:
        """Yield the data sets that you may see, newest first."""
        return cast("Iterator[Dataset]", self._api.pages("/datasets"))

    def dataset(self, slug: str) -> Dataset:
        """Return a data set."""
        return cast("Dataset", self._api.get(f"/datasets/{slug}"))

    def me(self) -> Me:
        """Return who you are, and what the token allows."""
        return cast("Me", self._api.get("/me"))

    def people(self, slug: str) -> Iterator[Person]:
        """Yield the members of a data set."""
        return cast("Iterator[Person]", self._api.pages(f"/datasets/{slug}/members"))

    def upload(self, file: str | Path, *, name: str = "") -> Dataset:
        """Upload a list of domains or a ZIP of images; ``start`` begins the work."""
        sent = self._api.upload("/datasets", Path(file), {"name": name})
        return cast("Dataset", sent)

    def upload_list(self, domains: Sequence[str], *, name: str = "List") -> Dataset:
        """Make a data set of at most 10,000 domains; ``start`` begins the work."""
        body = {"domains": list(domains), "name": name}
        return cast("Dataset", self._api.post("/lists", body))

    def start(self, slug: str, *, seconds: float = 300.0) -> Dataset:
        """Wait until an upload was read, then import it and begin the first run.

        Raises:
            LogositeError: ``bad_input`` if the file was refused.
            TimeoutError: if it is not read in time.
        """
        _until(lambda: self.dataset(slug)["intake"] != "received", seconds, "the upload is read")
        return cast("Dataset", self._api.post(f"/datasets/{slug}/start", {}))

    def add(self, slug: str, domains: Sequence[str]) -> dict[str, int]:
        """Add domains, which are placed into the last run; return how many are new."""
        body = {"domains": list(domains)}
        return cast("dict[str, int]", self._api.post(f"/datasets/{slug}/domains", body))

    def delete(self, slug: str) -> None:
        """Delete a data set."""
        self._api.delete(f"/datasets/{slug}")

    def runs(self, slug: str) -> Iterator[Run]:
        """Yield the runs of a data set, newest first."""
        return cast("Iterator[Run]", self._api.pages(f"/datasets/{slug}/runs"))

    def run(self, slug: str, run: str = LATEST) -> Run:
        """Return a run."""
        return cast("Run", self._api.get(f"/datasets/{slug}/runs/{run}"))

    def start_run(self, slug: str, **parameters: Any) -> Run:
        """Queue a run: ``name``, ``clusterer``, ``clusterer_params``; the rest as in the last."""
        return cast("Run", self._api.post(f"/datasets/{slug}/runs", parameters))

    def wait(self, slug: str, *, seconds: float = 3600.0) -> Run:
        """Wait until the newest run has ended, and return it.

        Raises:
            TimeoutError: if it takes longer.
        """

        def newest() -> Run | None:
            return next(self.runs(slug), None)

        _until(
            lambda: (found := newest()) is not None and found["status"] not in UNFINISHED,
            seconds,
            "the run ends",
        )
        return cast("Run", newest())

    def cancel(self, slug: str, run: str) -> Run:
        """Cancel a run that has not finished."""
        return cast("Run", self._api.post(_at(slug, run, "cancel"), {}))

    def clusters(self, slug: str, run: str = LATEST, *, q: str = "") -> Iterator[Cluster]:
        """Yield the clusters of a run, largest first."""
        return cast("Iterator[Cluster]", self._api.pages(_at(slug, run, "clusters"), q=q))

    def cluster(self, slug: str, cluster: str, run: str = LATEST) -> Cluster:
        """Return a cluster by its uid."""
        return cast("Cluster", self._api.get(_at(slug, run, f"clusters/{cluster}")))

    def members(self, slug: str, cluster: str, run: str = LATEST) -> Iterator[Item]:
        """Yield the domains of a cluster by name."""
        path = _at(slug, run, f"clusters/{cluster}/items")
        return cast("Iterator[Item]", self._api.pages(path))

    def items(self, slug: str, run: str = LATEST, *, q: str = "") -> Iterator[Item]:
        """Yield all domains by name."""
        return cast("Iterator[Item]", self._api.pages(_at(slug, run, "items"), q=q))

    def item(self, slug: str, domain: str, run: str = LATEST) -> Item:
        """Return a domain with its place in the run."""
        return cast("Item", self._api.get(_at(slug, run, f"items/{domain}")))

    def why(self, slug: str, domain: str, other: str = "", run: str = LATEST) -> Why:
        """Return why two domains are together, or not; by default with the cluster's medoid."""
        path = _at(slug, run, f"items/{domain}/why")
        return cast("Why", self._api.get(path, second=other))

    def search(self, slug: str, q: str = "", run: str = LATEST, *, like: str = "") -> Found:
        """Find clusters and domains by words, or domains whose logo is like that of ``like``."""
        return cast("Found", self._api.get(_at(slug, run, "search"), q=q, like=like))

    def outliers(self, slug: str, run: str = LATEST) -> Iterator[Outlier]:
        """Yield the outliers with suggestions, likeliest first."""
        return cast("Iterator[Outlier]", self._api.pages(_at(slug, run, "outliers")))

    def review(self, slug: str, run: str = LATEST) -> Iterator[ReviewItem]:
        """Yield the open items of the review queue; corrections of their domains close them."""
        return cast("Iterator[ReviewItem]", self._api.pages(_at(slug, run, "review")))

    def skip(self, slug: str, item: int, run: str = LATEST) -> None:
        """Put an item of the review queue aside."""
        self._api.post(_at(slug, run, f"review/{item}/skip"), {})

    def keep_apart(self, slug: str, item: int, run: str = LATEST) -> Correction:
        """Keep the clusters of an item of the review queue apart, also in later runs."""
        return cast("Correction", self._api.post(_at(slug, run, f"review/{item}/different"), {}))

    def rules(self, slug: str, run: str = LATEST) -> Iterator[Rule]:
        """Yield the rules about pairs of domains, newest first."""
        return cast("Iterator[Rule]", self._api.pages(_at(slug, run, "rules")))

    def corrections(self, slug: str, run: str = LATEST) -> Iterator[Made]:
        """Yield the corrections that were made in a run, newest first."""
        return cast("Iterator[Made]", self._api.pages(_at(slug, run, "corrections")))

    def assign(
        self,
        slug: str,
        domains: Sequence[str],
        cluster: str | None,
        run: str = LATEST,
        *,
        dry_run: bool = False,
    ) -> Correction:
        """Move domains to a cluster; with None they become outliers."""
        body = {"domains": list(domains), "cluster": cluster}
        return self._decide(slug, run, "assign", body, dry_run=dry_run)

    def new_cluster(
        self, slug: str, domains: Sequence[str], name: str, run: str = LATEST
    ) -> Correction:
        """Split domains off into a new cluster."""
        return self._decide(slug, run, "new-cluster", {"domains": list(domains), "name": name})

    def ignore(self, slug: str, domains: Sequence[str], run: str = LATEST) -> Correction:
        """Leave domains out of clusters and outliers."""
        return self._decide(slug, run, "ignore", {"domains": list(domains)})

    def restore(self, slug: str, domains: Sequence[str], run: str = LATEST) -> Correction:
        """Take ignored domains back to where they were."""
        return self._decide(slug, run, "restore", {"domains": list(domains)})

    def same(self, slug: str, domains: Sequence[str], run: str = LATEST) -> Correction:
        """Bind domains into one brand: every later run keeps them in one cluster."""
        return self._decide(slug, run, "same", {"domains": list(domains)})

    def different(
        self,
        slug: str,
        domains: Sequence[str],
        others: Sequence[str] = (),
        run: str = LATEST,
    ) -> Correction:
        """Keep domains apart from each other, or each only from ``others``, in later runs."""
        body = {"domains": list(domains), "others": list(others)}
        return self._decide(slug, run, "different", body)

    def remove_rules(
        self, slug: str, pairs: Sequence[tuple[str, str]], run: str = LATEST
    ) -> Correction:
        """Remove the rules about pairs of domains."""
        return self._decide(slug, run, "remove-rules", {"pairs": list(pairs)})

    def merge(
        self, slug: str, clusters: Sequence[str], into: str | None = None, run: str = LATEST
    ) -> Correction:
        """Merge clusters, into one of them or the largest."""
        return self._decide(slug, run, "merge", {"clusters": list(clusters), "into": into})

    def split_back(self, slug: str, cluster: str, run: str = LATEST) -> Correction:
        """Split a merged cluster into its parts, with their ids and names."""
        return self._decide(slug, run, "split-back", {"cluster": cluster})

    def rename(self, slug: str, cluster: str, name: str, run: str = LATEST) -> Correction:
        """Rename a cluster."""
        return self._decide(slug, run, "rename", {"cluster": cluster, "name": name})

    def lock(
        self, slug: str, cluster: str, run: str = LATEST, *, is_locked: bool = True
    ) -> Correction:
        """Lock a cluster as complete, so that the machine adds nothing to it; or unlock it."""
        verb = "lock" if is_locked else "unlock"
        return self._decide(slug, run, verb, {"cluster": cluster})

    def note(
        self,
        slug: str,
        text: str,
        run: str = LATEST,
        *,
        cluster: str | None = None,
        domain: str = "",
    ) -> Correction:
        """Write a note on a cluster or on the logo of a domain; an empty text removes it."""
        body = {"text": text, "cluster": cluster, "domain": domain}
        return self._decide(slug, run, "note", body)

    def undo(self, slug: str, run: str = LATEST, *, correction: int | None = None) -> Correction:
        """Reverse your latest correction, or one of anybody by its id."""
        verb = "undo" if correction is None else f"{correction}/undo"
        return self._decide(slug, run, verb, {})

    def redo(self, slug: str, run: str = LATEST) -> Correction:
        """Make the correction again that you undid last."""
        return self._decide(slug, run, "redo", {})

    def classify(
        self, slug: str, given: str, run: str = LATEST, *, seconds: float = 120.0
    ) -> Classification:
        """Classify the logo of a domain or an address; wait for the answer.

        Raises:
            TimeoutError: if it takes longer.
        """
        asked = self._api.post(_at(slug, run, "classifications"), {"given": given})
        return self._answered(slug, asked["id"], seconds)

    def classify_image(
        self, slug: str, file: str | Path, run: str = LATEST, *, seconds: float = 120.0
    ) -> Classification:
        """Classify the logo in a file; wait for the answer.

        Raises:
            TimeoutError: if it takes longer.
        """
        asked = self._api.upload(_at(slug, run, "classifications/image"), Path(file), {})
        return self._answered(slug, asked["id"], seconds)

    def _answered(self, slug: str, asked: int, seconds: float) -> Classification:
        path = f"/datasets/{slug}/classifications/{asked}"
        _until(lambda: self._api.get(path)["status"] not in UNFINISHED, seconds, "the answer")
        return cast("Classification", self._api.get(path))

    def exports(self, slug: str, run: str = LATEST) -> list[Export]:
        """Return the files that a run is exported as."""
        return cast("list[Export]", self._api.get(_at(slug, run, "exports")))

    def export(self, slug: str, file: str, target: str | Path, run: str = LATEST) -> None:
        """Download a file of a run, such as ``domains.csv``."""
        self._api.download(_at(slug, run, f"exports/{file}"), Path(target))

    def _decide(
        self, slug: str, run: str, verb: str, body: object, *, dry_run: bool = False
    ) -> Correction:
        path = _at(slug, run, f"corrections/{verb}")
        query = {"dry_run": "true"} if dry_run else {}
        return cast("Correction", self._api.post(path, body, **query))


def _at(slug: str, run: str, rest: str) -> str:
    return f"/datasets/{slug}/runs/{run}/{rest}"


def _until(is_true: Callable[[], bool], seconds: float, what: str) -> None:
    deadline = time.monotonic() + seconds
    wait = 0.2
    while not is_true():
        if time.monotonic() > deadline:
            raise TimeoutError(f"waited {seconds:g} s in vain until {what}")
        time.sleep(wait)
        wait = min(2.0, wait * 1.5)


__all__ = ["Logosite", "LogositeError"]
