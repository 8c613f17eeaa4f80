"""Merges: one decision for any number of clusters, undone exactly."""

from typing import Any
from uuid import uuid4

import pytest
from django.db import connection
from django.test import Client
from django.test.utils import CaptureQueriesContext

from clustering.models import Logo, Run, User
from clustering.pipeline.errors import InputError
from clustering.selectors import export_rows
from clustering.services import counts, similarities
from clustering.services.curation import edits, undo
from tests.factories import make_dataset, make_embedding, make_run, make_user
from tests.services.decisions import FOURS, merge, move, partition, place, rerun

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def run(alice: User) -> Run:
    return make_run(make_dataset(alice), FOURS | {"-": ["x.de"]})


def exported(run: Run) -> bytes:
    return b"".join(export_rows.full_json(run))


def test_a_merge_is_one_decision_and_one_undo(run: Run, alice: User) -> None:
    before = exported(run)

    merge(run, alice, "a", "b", "c", "d", into="d", name="Dee")

    run.refresh_from_db()
    assert place(run, "a0.de") == place(run, "d0.de") == "Dee"
    assert (run.n_clusters, run.n_outliers) == (1, 1)
    assert undo.state(run, alice).undo_label == "merge of 4 clusters into Dee"
    undo.undo_last(run, alice, client_id=uuid4())
    assert exported(run) == before
    assert not counts.differences(run.dataset)
    undo.redo_last(run, alice, client_id=uuid4())
    assert place(run, "a0.de") == "Dee"
    assert not counts.differences(run.dataset)


def test_a_merge_includes_earlier_moves_and_merges(run: Run, alice: User) -> None:
    move(run, alice, "x.de", "a")
    merge(run, alice, "a", "b", into="b")
    states = [exported(run)]
    merge(run, alice, "b", "c", into="c")
    assert place(run, "x.de") == place(run, "a0.de") == place(run, "b0.de") == "c"

    undo.undo_last(run, alice, client_id=uuid4())

    assert exported(run) == states[0]
    assert place(run, "x.de") == place(run, "a0.de") == "b"
    undo.undo_last(run, alice, client_id=uuid4())
    assert (place(run, "x.de"), place(run, "a0.de"), place(run, "b0.de")) == ("a", "a", "b")


def test_the_largest_cluster_with_a_human_name_is_the_target(run: Run, alice: User) -> None:
    edits.rename(run.clusters.get(name="c"), alice, name="Sea", client_id=uuid4())

    merge(run, alice, "a", "b", "Sea")

    assert place(run, "a0.de") == "Sea"


def test_one_cluster_is_no_merge(run: Run, alice: User) -> None:
    with pytest.raises(InputError, match="two clusters or more"):
        merge(run, alice, "a")


def test_a_part_of_another_cluster_is_neither_merged_nor_filled(run: Run, alice: User) -> None:
    merge(run, alice, "a", "b", into="b")
    before = exported(run)

    with pytest.raises(InputError, match="a is part of another cluster"):
        merge(run, alice, "a", "c", into="c")
    with pytest.raises(InputError, match="a is part of another cluster"):
        move(run, alice, "x.de", "a")

    assert exported(run) == before


def test_an_undo_puts_no_logo_into_a_cluster_that_was_merged_since(run: Run, alice: User) -> None:
    bob = make_user("bob")
    move(run, alice, "x.de", "a")
    move(run, alice, "x.de", "c")
    merge(run, bob, "a", "b", into="b")

    with pytest.raises(InputError, match="a is part of another cluster"):
        undo.undo_last(run, alice, client_id=uuid4())

    assert place(run, "x.de") == "c"
    undo.undo_last(run, bob, client_id=uuid4())
    undo.undo_last(run, alice, client_id=uuid4())
    assert place(run, "x.de") == "a"


def test_a_merge_blocks_the_undo_of_another_users_earlier_correction(
    run: Run, alice: User
) -> None:
    move(run, alice, "x.de", "a")
    merge(run, make_user("bob"), "a", "b", into="b")

    with pytest.raises(undo.UndoBlocked, match="bob"):
        undo.undo_last(run, alice, client_id=uuid4())


def test_a_merge_and_its_undo_write_each_member_once(run: Run, alice: User) -> None:
    written: list[int] = []

    def note(execute: Any, sql: str, *call: Any) -> Any:
        result = execute(sql, *call)
        if sql.startswith(('UPDATE "clustering_assignment"', "UPDATE clustering_assignment")):
            written.append(call[-1]["cursor"].rowcount)
        return result

    with connection.execute_wrapper(note):
        merge(run, alice, "a", "b", "c", into="a")
        n_of_merge = sum(written)
        undo.undo_last(run, alice, client_id=uuid4())

    assert n_of_merge == 8
    assert sum(written) == 16


def test_a_merge_and_its_undo_leave_the_similarities_that_a_refresh_would(
    run: Run, alice: User
) -> None:
    for place_of, row in enumerate(run.assignments.order_by("pk").select_related("logo")):
        make_embedding(row.logo, [1.0, place_of, place_of % 3])
    similarities.refresh(run, run.assignments.all())
    move(run, alice, "b1.de", "c")
    merges = (("b", "c"), ("c", "d"))
    states = []
    for step in range(4):
        if step < 2:
            merge(run, alice, *merges[step], into=merges[step][1])
        else:
            undo.undo_last(run, alice, client_id=uuid4())
        kept = dict(run.assignments.values_list("pk", "similarity"))
        similarities.refresh(run, run.assignments.all())
        states.append((kept, dict(run.assignments.values_list("pk", "similarity"))))

    assert [kept for kept, _ in states] == [refreshed for _, refreshed in states]
    assert len({tuple(sorted(kept.items())) for kept, _ in states}) == 3


def test_a_merge_of_many_clusters_and_its_undo_cost_the_queries_of_few(alice: User) -> None:
    few, many = (n_queries_of_a_merge_and_its_undo(alice, n_pairs) for n_pairs in (5, 20))

    assert many == few


def n_queries_of_a_merge_and_its_undo(alice: User, n_pairs: int) -> tuple[int, int]:
    """Merge clusters that are merges themselves, and to which people moved logos."""
    names = [f"g{number}" for number in range(2 * n_pairs)]
    groups = {one: [f"{one}-{i}.de" for i in range(3)] for one in names}
    run = make_run(make_dataset(alice), groups | {"-": [f"x{one}.de" for one in names]})
    for place_of, logo in enumerate(Logo.objects.filter(embeddings=None)):
        make_embedding(logo, [1.0, place_of, place_of % 3])
    similarities.refresh(run, run.assignments.all())
    for first, second in zip(names[::2], names[1::2], strict=True):
        merge(run, alice, first, second, into=first)
        move(run, alice, f"x{first}.de", first)
        move(run, alice, f"{first}-0.de", names[-2])
    before, chosen = exported(run), list(run.clusters.filter(merged_into=None))

    with CaptureQueriesContext(connection) as of_merge:
        edits.merge(run, alice, clusters=chosen, client_id=uuid4())
    run.refresh_from_db()
    assert run.n_clusters == 1
    with CaptureQueriesContext(connection) as of_undo:
        undo.undo_last(run, alice, client_id=uuid4())

    run.refresh_from_db()
    assert exported(run) == before
    assert not counts.differences(run.dataset)
    return len(of_merge), len(of_undo)


def test_clusters_are_merged_in_the_gallery_by_one_request(
    run: Run, alice: User, client: Client
) -> None:
    client.force_login(alice)
    page = client.get(f"/d/{run.dataset.slug}/gallery/").content.decode()
    uids = [str(one.uid) for one in run.clusters.filter(name__in="abc")]
    assert all(f"/clusters/{uid}/" in page for uid in uids)

    answer = client.post(
        f"/d/{run.dataset.slug}/corrections/merge/",
        {"cluster": uids, "name": "Abc", "client_id": str(uuid4())},
        headers={"HX-Request": "true"},
    )

    assert "Merged 3 clusters into Abc" in answer.content.decode()
    assert answer["HX-Trigger"]
    assert place(run, "a0.de") == place(run, "b0.de") == place(run, "c0.de") == "Abc"
    part = client.get(
        f"/d/{run.dataset.slug}/gallery/", headers={"HX-Request": "true", "HX-Target": "cards"}
    )
    assert "2 clusters" in part.content.decode()


def test_a_merged_cluster_is_split_back_on_its_page(run: Run, alice: User, client: Client) -> None:
    move(run, alice, "x.de", "a")
    before = partition(run)
    merge(run, alice, "a", "b", "c", into="c")
    merged = exported(run)
    cluster = run.clusters.get(name="c")
    client.force_login(alice)
    page = client.get(f"/d/{run.dataset.slug}/clusters/{cluster.uid}/").content.decode()
    assert "Split back" in page

    answer = client.post(
        f"/d/{run.dataset.slug}/corrections/split-back/",
        {"cluster": str(cluster.uid), "client_id": str(uuid4())},
        headers={"HX-Request": "true"},
    )

    assert "Split c back into 3 clusters" in answer.content.decode()
    assert partition(run) == before
    assert partition(rerun(run, FOURS | {"-": ["x.de"]})) == before
    undo.undo_last(run, alice, client_id=uuid4())
    assert exported(run) == merged
    assert not counts.differences(run.dataset)


def test_a_cluster_that_was_not_merged_is_not_split_back(run: Run, alice: User) -> None:
    with pytest.raises(InputError, match="nothing was merged"):
        edits.split_back(run.clusters.get(name="a"), alice, client_id=uuid4())


def test_names_are_composed_and_have_no_invisible_characters(run: Run, alice: User) -> None:
    cluster = run.clusters.get(name="a")
    edits.rename(cluster, alice, name="Cafe\u0301\u200b \u202eBar\x07\0", client_id=uuid4())

    cluster.refresh_from_db()
    assert cluster.name == "Caf\u00e9 Bar"
    with pytest.raises(InputError):
        edits.rename(cluster, alice, name="\u200b\u200b", client_id=uuid4())


def test_an_equal_name_asks_to_merge_to_keep_both_or_to_cancel(
    run: Run, alice: User, client: Client
) -> None:
    client.force_login(alice)
    a, b = run.clusters.get(name="a"), run.clusters.get(name="b")
    url = f"/d/{run.dataset.slug}/corrections/"
    headers = {"HX-Request": "true"}
    fields = {"cluster": str(a.uid), "name": " B ", "client_id": str(uuid4())}

    asked = client.post(f"{url}rename/", fields, headers=headers).content.decode()

    assert "Another cluster is called b (4 logos)" in asked
    assert all(text in asked for text in ("Merge into b", "Keep both", "Cancel"))
    a.refresh_from_db()
    assert a.name == "a"
    client.post(f"{url}rename/", fields | {"keep_both": "1"}, headers=headers)
    a.refresh_from_db()
    assert a.name == "B"
    merged = {"cluster": [str(a.uid), str(b.uid)], "into": str(b.uid)}
    client.post(f"{url}merge/", merged, headers=headers)
    assert place(run, "a0.de") == "b"
