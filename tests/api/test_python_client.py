"""The Python client of clients/python, against the server over HTTP."""

from pathlib import Path

import pytest
from django.test import Client
from pytest_django.live_server_helper import LiveServer

from clustering.models import ApiToken, Correction, Dataset, Run, User
from clustering.services import tokens
from logosite_client import Logosite, LogositeError
from tests.factories import make_dataset, make_run

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


def test_every_correction_of_the_server_has_a_method(site: Logosite, client: Client) -> None:
    paths = client.get("/api/v1/openapi.json").json()["paths"]
    verbs = {path.rpartition("/corrections/")[2] for path in paths if "/corrections/" in path}

    assert "split-back" in verbs
    assert {verb for verb in verbs if not hasattr(site, verb.replace("-", "_"))} == {"unlock"}


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
