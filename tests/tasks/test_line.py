"""All stages through the real tasks: upload, preview, import, fetch, embed, run, export."""

import csv
import json
import zipfile
from collections import Counter
from io import BytesIO
from pathlib import Path
from uuid import uuid4

import pytest
from django.test import Client

from clustering import tasks
from clustering.models import Dataset, Embedding, Run, User
from clustering.selectors import export_rows, progress
from clustering.services import workflow
from clustering.services.curation import edits
from clustering.services.datasets import intake, lifecycle
from clustering.services.runs import request
from clustering.services.runs.spec import RunSpec
from tests.pictures import as_png, brand_zip, drawn, write_zip
from tests.tasks.driving import work_off

pytestmark = [pytest.mark.django_db(transaction=True), pytest.mark.slow]


def upload(user: User, path: Path) -> Dataset:
    return intake.receive_upload(
        user, source_name=path.name, chunks=[path.read_bytes()], embedder="descriptor"
    )


def finished(user: User, path: Path) -> Dataset:
    dataset = upload(user, path)
    work_off(dataset)
    intake.confirm(dataset, embedder="descriptor")
    work_off(dataset)
    return dataset


def clusters(run: Run) -> dict[str, list[str]]:
    document: dict[str, list[str]] = json.loads(b"".join(export_rows.clusters_json(run)))
    return document


def test_a_zip_of_logos_becomes_clusters(alice: User, tmp_path: Path) -> None:
    dataset = upload(alice, brand_zip(tmp_path / "logos.zip"))

    assert work_off(dataset) == ["read_upload"]
    assert dataset.intake == "ready"
    assert dataset.preview["n_domains"] == 9

    intake.confirm(dataset, embedder="descriptor")
    assert work_off(dataset) == ["read_upload", "fetch_logos", "embed_logos", "compute_run"]
    found = clusters(dataset.runs.get())
    assert found.pop("-1") == ["cross.com", "frame.com", "stairs.com"]
    assert sorted(found.values()) == [
        ["bars.de", "bars.fr", "bars.it"],
        ["ring.de", "ring.fr", "ring.it"],
    ]
    assert {stage.state for stage in progress.stages(dataset)} == {"done"}


def test_a_list_without_a_network_ends_failed_with_a_dns_code(alice: User, tmp_path: Path) -> None:
    path = tmp_path / "list.csv"
    path.write_text("site\nno-such-name-1.de\nwww.no-such-name-1.de\n127.0.0.1\n")

    dataset = finished(alice, path)

    assert (dataset.n_rows, dataset.n_duplicates, dataset.n_rejected) == (3, 1, 1)
    domain = dataset.domains.get()
    assert (domain.status, domain.error_code) == ("failed", "dns")
    run = dataset.runs.get()
    assert (run.status, run.error_code) == ("failed", "too_few_logos")


def test_every_task_delivered_twice_is_as_good_as_once(alice: User, tmp_path: Path) -> None:
    dataset = finished(alice, brand_zip(tmp_path / "logos.zip"))
    before = b"".join(export_rows.full_json(dataset.runs.get()))

    for task in tasks.TASKS.values():
        task(dataset.pk)
        task(dataset.pk)

    assert b"".join(export_rows.full_json(dataset.runs.get())) == before
    assert dataset.domains.count() == 9
    assert Embedding.objects.count() == 7


def test_a_task_for_a_deleted_data_set_does_nothing(alice: User, tmp_path: Path) -> None:
    dataset = upload(alice, brand_zip(tmp_path / "logos.zip"))
    gone = dataset.pk
    lifecycle.request_deletion(dataset)
    assert lifecycle.delete_rows(dataset, seconds=60)

    for task in (tasks.advance, tasks.embed_ahead, *tasks.TASKS.values()):
        task(gone)

    assert not Dataset.objects.exists()


def test_the_same_input_and_seed_give_the_same_bytes(alice: User, tmp_path: Path) -> None:
    dataset = finished(alice, brand_zip(tmp_path / "logos.zip"))
    first = dataset.runs.get()
    second = request.request_run(
        dataset,
        RunSpec(first.embedder, first.clusterer, first.clusterer_params),
    )
    work_off(dataset)
    second.refresh_from_db()

    assert second.fingerprint == first.fingerprint
    assert clusters(second) == clusters(first)
    rows = [
        list(run.assignments.order_by("domain__name").values_list("x", "y", "probability"))
        for run in (first, second)
    ]
    assert rows[0] == rows[1]
    uids = [set(run.clusters.values_list("uid", flat=True)) for run in (first, second)]
    assert uids[0] == uids[1]


def test_a_second_run_keeps_corrections(alice: User, tmp_path: Path) -> None:
    dataset = finished(alice, brand_zip(tmp_path / "logos.zip"))
    run = dataset.runs.get()
    ring = run.assignments.get(domain__name="ring.de").cluster
    moved = list(dataset.domains.filter(name="cross.com").values_list("pk", flat=True))
    edits.assign(run, alice, domain_ids=moved, cluster=ring, client_id=uuid4())

    request.request_run(
        dataset,
        RunSpec("descriptor", "hdbscan"),
    )
    work_off(dataset)

    later = dataset.runs.succeeded().first()
    assert later is not None
    assert later.clusterer == "hdbscan"
    group = next(names for names in clusters(later).values() if "ring.de" in names)
    assert "cross.com" in group


def test_an_unreadable_image_does_not_shift_others(alice: User, tmp_path: Path) -> None:
    path = brand_zip(tmp_path / "logos.zip")
    broken = {"aaa.de.png": as_png(drawn("disc"))[:60], "zzz.de.png": b"\x89PNG broken"}
    both = _members(path) | broken

    dataset = finished(alice, write_zip(tmp_path / "both.zip", both))

    assert Counter(dataset.domains.values_list("status", flat=True)) == {"found": 9, "failed": 2}
    for assignment in dataset.runs.get().assignments.select_related("domain", "logo"):
        assert assignment.domain.captures.get(is_primary=True).logo == assignment.logo
    assert ["ring.de", "ring.fr", "ring.it"] in clusters(dataset.runs.get()).values()


def _members(path: Path) -> dict[str, bytes]:
    with zipfile.ZipFile(path) as archive:
        return {name: archive.read(name) for name in archive.namelist()}


def test_cancel_and_resume(alice: User, tmp_path: Path) -> None:
    """Request 19: finished work is kept when a data set is stopped and resumed."""
    dataset = upload(alice, brand_zip(tmp_path / "logos.zip"))
    work_off(dataset)
    intake.confirm(dataset, embedder="descriptor")
    workflow.cancel(dataset)

    assert work_off(dataset) == []
    assert progress.is_idle(dataset)

    workflow.resume(dataset)
    work_off(dataset)
    assert dataset.runs.get().status == "succeeded"


def test_missing_weights_make_the_run_wait(alice: User, tmp_path: Path) -> None:
    dataset = upload(alice, brand_zip(tmp_path / "logos.zip"))
    work_off(dataset)
    intake.confirm(dataset, embedder="open_clip:ViT-B-32:laion2b_s34b_b79k")

    steps = work_off(dataset)

    run = dataset.runs.get()
    assert steps[-1] == "embed_logos"
    assert (run.status, run.error_code) == ("queued", "weights_missing")
    assert "manage.py fetch_weights" in run.error_detail
    blocked = [stage for stage in progress.stages(dataset) if stage.state == "blocked"]
    assert [stage.name for stage in blocked] == ["embed"]


def test_an_unreadable_file_is_refused_with_a_reason(alice: User, tmp_path: Path) -> None:
    path = tmp_path / "broken.zip"
    path.write_bytes(b"PK\x03\x04 and nothing more")

    dataset = upload(alice, path)
    work_off(dataset)

    assert dataset.intake == "refused"
    assert dataset.error_detail
    assert not dataset.domains.exists()


@pytest.mark.parametrize("image_format", ["PNG", "JPEG"])
def test_a_logo_of_thirty_megapixels_is_shown(
    alice: User, alice_client: Client, tmp_path: Path, image_format: str
) -> None:
    content = BytesIO()
    drawn("disc").convert("RGB").resize((6000, 5000)).save(content, image_format)
    name = f"large.de.{image_format.lower()}"
    path = write_zip(tmp_path / "logos.zip", {name: content.getvalue()})

    dataset = finished(alice, path)

    assert dataset.domains.get().status == "found"
    page = alice_client.get(f"/d/{dataset.slug}/domains/large.de/").content.decode()
    assert '<img src="/logos/' in page.partition("<main")[2]


def test_rejected_rows_are_fixed_and_only_they_are_added(
    alice: User, client: Client, tmp_path: Path
) -> None:
    """Request 18: bad rows never block good rows, and their fixed file adds only those."""
    path = tmp_path / "list.csv"
    rows = "one.invalid,Bonn,\nno-such-1.de,Ulm,\n127.0.0.1,-Kiel,2\nb.,Trier,3\n"
    path.write_text(f"site,city,row\n{rows}")
    dataset = finished(alice, path)
    client.force_login(alice)
    before = set(dataset.domains.values_list("pk", "name", "status"))
    assert {name for _, name, _ in before} == {"no-such-1.de"}

    file = client.get(f"/d/{dataset.slug}/rejected.csv").getvalue().decode("utf-8-sig")
    header, *lines = csv.reader(file.splitlines())
    assert header == ["site", "city", "row", "row (rejected)", "error"]
    assert [line[:4] for line in lines] == [
        ["one.invalid", "Bonn", "", "2"],
        ["127.0.0.1", "'-Kiel", "2", "4"],
        ["b.", "Trier", "3", "5"],
    ]
    for number, wrong in enumerate(("one.invalid", "127.0.0.1")):
        file = file.replace(f'"{wrong}"', f'"no-such-{number + 2}.de"')
    answer = client.post(f"/d/{dataset.slug}/add/", {"text": file}, follow=True)

    assert "Added 2 domains, 1 rejected." in answer.content.decode()
    assert before < set(dataset.domains.values_list("pk", "name", "status"))
    cells = {"no-such-1.de": ["Ulm"], "no-such-2.de": ["Bonn"], "no-such-3.de": ["-Kiel", "2"]}
    assert dict(dataset.domains.values_list("name", "other_cells")) == cells
    assert dataset.rejected_rows.order_by("-pk")[0].other_cells == ["Trier", "3"]
