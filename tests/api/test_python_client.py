"""The Python client of clients/python, against the server over HTTP."""

import inspect
import json
from collections.abc import Iterator
from contextlib import suppress
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from uuid import UUID

import pytest
import requests
from django.urls import resolve
from pytest_django.live_server_helper import LiveServer

from clustering.models import ApiToken, Correction, Dataset, Logo, ReviewItem, Run, User
from clustering.services import tokens
from clustering.services.review import build
from logosite_client import Logosite, LogositeError
from tests.factories import make_dataset, make_embedding, make_run
from tests.web import routes

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


@pytest.fixture
def site(live_server: LiveServer, alice: User) -> Logosite:
    secret = tokens.create(alice, name="t", scope=ApiToken.Scope.ADMIN)[1]
    return Logosite(live_server.url, secret)


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(
        make_dataset(alice), {"A": ["a.de", "b.de", "c.de"], "B": ["d.de", "e.de"], "-": ["o.de"]}
    )


def rules_of(run: Run) -> dict[str, str]:
    rules = run.pair_rules.values_list("first__name", "second__name", "kind")
    return {f"{first} {second}": kind for first, second, kind in rules}


def test_reading(site: Logosite, run: Run) -> None:
    slug = run.dataset.slug

    assert [one["slug"] for one in site.datasets()] == [slug]
    assert site.run(slug)["n_clusters"] == site.wait(slug)["n_clusters"] == 2
    clusters = list(site.clusters(slug))
    assert [(one["name"], one["n_members"]) for one in clusters] == [("A", 3), ("B", 2)]
    members = site.members(slug, clusters[1]["uid"])
    assert [one["domain"] for one in members] == ["d.de", "e.de"]
    assert [one["domain"] for one in site.items(slug, q="o.")] == ["o.de"]
    assert [one["domain"] for one in site.outliers(slug)] == ["o.de"]


def test_lists_are_read_page_by_page(site: Logosite, alice: User) -> None:
    names = [f"site{number:03}.de" for number in range(120)]
    dataset = make_run(make_dataset(alice), {"A": names}).dataset

    assert [one["domain"] for one in site.items(dataset.slug)] == names


def test_corrections_and_undo(site: Logosite, run: Run) -> None:
    slug = run.dataset.slug
    first, second = (one["uid"] for one in site.clusters(slug))

    dry = site.assign(slug, ["o.de"], first, dry_run=True)
    assert dry["is_dry_run"]
    assert not Correction.objects.exists()
    site.assign(slug, ["o.de"], first)
    site.rename(slug, first, "Otterbrook")
    site.merge(slug, [first, second])
    site.new_cluster(slug, ["e.de"], "New")
    site.ignore(slug, ["d.de"])
    for _ in range(5):
        site.undo(slug)

    assert Correction.objects.count() == 10
    assert [one["name"] for one in site.clusters(slug)] == ["A", "B"]


def test_every_operation_of_the_server_has_a_method(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    asked: set[tuple[str, str]] = set()

    def answer(_self: object, method: str, url: str, **_: object) -> requests.Response:
        asked.add((resolve(urlsplit(url).path).url_name or "", method))
        response = requests.Response()
        response.status_code = 200
        response._content = json.dumps(ANSWER).encode()
        response._content_consumed = True  # type: ignore[attr-defined]  # else it reads a socket
        return response

    monkeypatch.setattr(requests.Session, "request", answer)
    site = Logosite("http://logosite.test", "lgs_x")
    monkeypatch.chdir(tmp_path)
    Path("a.png").touch()

    def call(name: str, **more: Any) -> None:
        method = getattr(site, name)
        taken = inspect.signature(method).parameters
        with suppress(TimeoutError):  # no run ends
            result = method(**{one: GIVEN[one] for one in taken if one in GIVEN} | more)
            list(result if isinstance(result, Iterator) else ())

    for name, one in vars(Logosite).items():
        if callable(one) and not name.startswith("_"):
            call(name)
    call("lock", is_locked=False)
    call("undo", correction=1)

    operations = {(name, method) for name, methods in routes.api().items() for method in methods}
    assert operations == asked


ANSWER: dict[str, Any] = {
    "results": [],
    "next": None,
    "id": 1,
    "intake": "ready",
    "status": "succeeded",
}
GIVEN: dict[str, Any] = {
    "slug": "x",
    "run": "x",
    "cluster": str(UUID(int=1)),
    "domain": "a.de",
    "domains": ["a.de"],
    "clusters": [],
    "pairs": [],
    "file": "a.png",
    "target": "out",
    "item": 1,
    "name": "x",
    "text": "x",
    "given": "a.de",
    "seconds": 0.0,
}


def test_more_of_reading(site: Logosite, run: Run, alice: User) -> None:
    slug, first = run.dataset.slug, str(run.clusters.get(name="A").uid)
    for place, logo in enumerate(Logo.objects.order_by("pk")):
        make_embedding(logo, [1.0, place, 0.0])

    assert (site.me()["username"], site.me()["scope"]) == ("alice", "admin")
    assert [(one["username"], one["role"]) for one in site.people(slug)] == [("alice", "owner")]
    assert site.cluster(slug, first)["n_members"] == 3
    assert site.item(slug, "a.de")["cluster"] == {"uid": first, "name": "A"}
    assert site.why(slug, "a.de", "b.de")["is_together"]
    assert {"domains.csv", "clusters.json"} <= {one["file"] for one in site.exports(slug)}
    found = site.search(slug, "d.de")
    assert [one["domain"] for one in found["items"]] == ["d.de"]
    assert found["n_items"] == 1
    like = site.search(slug, like="a.de")["items"]
    assert (like[0]["domain"], like[0]["score"]) == ("a.de", 1.0)
    assert len(like) > 1
    with pytest.raises(LogositeError, match="422 invalid"):
        site.search(slug)


def test_the_review_queue_is_worked_off(site: Logosite, run: Run) -> None:
    slug = run.dataset.slug
    clusters = tuple(run.clusters.values_list("pk", flat=True))
    outlier = run.dataset.domains.get(name="o.de").pk
    build.append(
        run,
        [
            build.Question(ReviewItem.Kind.SINGLE, 0.9, domain_ids=(outlier,)),
            build.Question(ReviewItem.Kind.FRAGMENTS, 0.5, cluster_ids=clusters),
        ],
    )

    single, fragments = site.review(slug)
    assert (single["kind"], single["domains"], single["clusters"]) == ("single", ["o.de"], [])
    assert [one["name"] for one in fragments["clusters"]] == ["A", "B"]
    with pytest.raises(LogositeError, match="422 "):
        site.keep_apart(slug, single["id"])
    site.assign(slug, single["domains"], fragments["clusters"][0]["uid"])
    assert [one["id"] for one in site.review(slug)] == [fragments["id"]]
    site.keep_apart(slug, fragments["id"])

    assert list(site.review(slug)) == []
    assert [one["kind"] for one in site.rules(slug)] == ["different"]
    with pytest.raises(LogositeError, match="404 "):
        site.skip(slug, fragments["id"])


def test_an_item_is_skipped(site: Logosite, run: Run) -> None:
    outlier = run.dataset.domains.get(name="o.de").pk
    build.append(run, [build.Question(ReviewItem.Kind.SINGLE, 0.9, domain_ids=(outlier,))])

    site.skip(run.dataset.slug, next(site.review(run.dataset.slug))["id"])

    assert list(site.review(run.dataset.slug)) == []
    assert run.review_items.skipped().count() == 1


def test_rules_are_listed_and_removed_and_any_correction_is_undone(
    site: Logosite, run: Run, bob: User
) -> None:
    slug = run.dataset.slug
    site.same(slug, ["a.de", "b.de"])
    site.different(slug, ["a.de", "d.de"])
    listed = [(one["kind"], one["first"], one["second"]) for one in site.rules(slug)]
    assert listed == [("different", "a.de", "d.de"), ("same", "a.de", "b.de")]

    site.remove_rules(slug, [("a.de", "b.de")])
    assert list(rules_of(run).values()) == ["different"]
    Correction.objects.update(actor=bob)
    removed = next(site.corrections(slug))
    assert removed["verb"] == "unruled"
    with pytest.raises(LogositeError, match="422 "):
        site.undo(slug)
    site.undo(slug, correction=removed["id"])

    assert set(rules_of(run).values()) == {"same", "different"}
    with pytest.raises(LogositeError, match="422 unknown_member"):
        site.undo(slug, correction=10**9)


def test_ignored_domains_are_restored(site: Logosite, run: Run) -> None:
    slug = run.dataset.slug

    site.ignore(slug, ["d.de"])
    assert run.assignments.get(domain__name="d.de").is_ignored
    restored = site.restore(slug, ["d.de"])

    assert restored["text"] == "return of 1 ignored logo"
    assert not run.assignments.filter(is_ignored=True).exists()


def test_a_merge_is_split_back(site: Logosite, run: Run) -> None:
    slug = run.dataset.slug
    first, second = (one["uid"] for one in site.clusters(slug))

    site.merge(slug, [first, second])
    assert [one["n_members"] for one in site.clusters(slug)] == [5]
    site.split_back(slug, first)

    assert [one["uid"] for one in site.clusters(slug)] == [first, second]


def test_rules_are_undone_and_redone(site: Logosite, run: Run) -> None:
    slug = run.dataset.slug

    site.same(slug, ["a.de", "b.de", "o.de"])
    site.different(slug, ["a.de"], ["d.de", "e.de"])
    site.different(slug, ["b.de", "c.de"])
    assert rules_of(run) == {"a.de b.de": "same", "a.de o.de": "same"} | dict.fromkeys(
        ("a.de d.de", "a.de e.de", "b.de c.de"), "different"
    )
    undone = site.undo(slug)
    assert "b.de c.de" not in rules_of(run)
    redone = site.redo(slug)

    assert "b.de c.de" in rules_of(run)
    assert undone["text"] == "undo of the rule “different brands” for 1 pair"
    assert redone["text"] == "redo of the rule “different brands” for 1 pair"


def test_clusters_are_locked_and_noted(site: Logosite, run: Run) -> None:
    slug, cluster = run.dataset.slug, run.clusters.get(name="A")
    uid = str(cluster.uid)

    site.lock(slug, uid)
    cluster.refresh_from_db()
    assert cluster.is_locked
    site.lock(slug, uid, is_locked=False)
    site.note(slug, "complete", cluster=uid)
    site.note(slug, "old logo", domain="o.de")

    cluster.refresh_from_db()
    assert not cluster.is_locked
    assert set(run.notes.values_list("text", flat=True)) == {"complete", "old logo"}
    with pytest.raises(LogositeError, match="422 "):
        site.note(slug, "on nothing")


def test_uploads_and_exports(site: Logosite, run: Run, tmp_path: Path) -> None:
    file = tmp_path / "shops.csv"
    file.write_text("domain\na.de\n", encoding="utf-8")

    uploaded = site.upload(file)
    listed = site.upload_list(["a.de", "b.de"], name="Two")
    site.export(run.dataset.slug, "domains.csv", tmp_path / "out.csv")
    site.delete(uploaded["slug"])

    assert (uploaded["name"], listed["name"]) == ("shops", "Two")
    assert "a.de" in (tmp_path / "out.csv").read_text(encoding="utf-8")
    assert Dataset.objects.get(slug=uploaded["slug"]).deleted_at
    with pytest.raises(TimeoutError, match="until the upload is read"):
        site.start(listed["slug"], seconds=0)


def test_errors_have_their_code(site: Logosite, live_server: LiveServer) -> None:
    with pytest.raises(LogositeError, match="404 not_found"):
        site.dataset("unknown")
    with pytest.raises(LogositeError) as caught:
        next(Logosite(live_server.url, "lgs_unknown").datasets())
    assert (caught.value.status, caught.value.code) == (401, "unauthorised")
