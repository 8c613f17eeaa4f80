"""The most wanted things about corrections, through the pages; numbers are the requests'."""

import json
import re

import numpy as np
import pytest
from django.test import Client

from clustering.models import LabelSource, Run, User
from clustering.pipeline.clusterers import CLUSTERERS
from clustering.selectors.similarity import suggestions
from tests.acceptance.planted_set import PlantedSet, home, homes, places
from tests.services.review.queued import suggest

pytestmark = [pytest.mark.django_db, pytest.mark.slow]


@pytest.fixture
def planted(alice: User, client: Client) -> PlantedSet:
    """Twelve groups of four and sixty outliers."""
    found = PlantedSet(alice, client, [4] * 12, 60)
    found.add(found.names)
    return found


def test_request_1_fifty_moves_survive_a_run_with_other_parameters(planted: PlantedSet) -> None:
    """After 50 manual moves and a run with other parameters, all 50 items are where the human
    put them; the run page says "50 of 50 kept"."""
    run = planted.cluster()
    goals = list(run.clusters.order_by("number"))
    moved = [*planted.outliers[:40], *(planted.of_group(n)[0] for n in range(10))]
    for number, name in enumerate(moved):
        goal = goals[(number + 1) % len(goals)]
        planted.decide("assign", domain=planted.ids(name), cluster=str(goal.uid))
    wanted = {name: home(run, name) for name in moved}

    later = planted.cluster(clusterer="hdbscan")

    assert {name: home(later, name) for name in moved} == wanted
    assert "50 of 50 decisions kept" in planted.page("runs/")


def test_request_2_a_hundred_clusters_are_one_merge_and_one_undo(
    alice: User, client: Client
) -> None:
    """Select 100 clusters, one Merge; one Undo restores all 100 ids, names and members."""
    planted = PlantedSet(alice, client, [2] * 100, 5)
    planted.add(planted.names)
    run = planted.cluster()
    before = planted.exported()
    uids = [str(uid) for uid in run.clusters.values_list("uid", flat=True)]
    assert len(uids) == 100

    said = planted.decide("merge", cluster=uids, name="All")

    assert "Merged 100 clusters into All" in said
    assert len({home(run, name) for name in planted.names if name[0] == "g"}) == 1
    assert run.corrections.count() == 1
    planted.decide("undo")
    assert planted.exported() == before


def test_request_3_two_hundred_outliers_are_assigned_at_once(alice: User, client: Client) -> None:
    """Select 200 outliers, type 3 letters, Enter: all assigned in one request, one undo."""
    planted = PlantedSet(alice, client, [3] * 2, 200)
    planted.add(planted.names)
    run = planted.cluster()
    before, goal = planted.exported(), run.clusters.get(number=0)
    chosen = planted.ids(*planted.outliers)
    found = planted.page(f"clusters/find/?q={goal.name[:3]}")
    assert str(goal.uid) in found

    said = planted.decide("assign", domain=chosen, cluster=str(goal.uid))

    assert "Moved 200 logos" in said
    assert {home(run, name) for name in planted.outliers} == {str(goal.uid)}
    planted.decide("undo")
    assert planted.exported() == before


@pytest.mark.parametrize("seed", range(2))
def test_request_6_only_the_selection_is_touched(planted: PlantedSet, seed: int) -> None:
    """For any selection S, members outside S keep their cluster."""
    run = planted.cluster()
    before, goal = homes(run), run.clusters.get(number=seed)
    chosen = np.random.default_rng(seed).permutation(planted.names)[:9].tolist()

    for verb, fields in (
        ("assign", {"cluster": str(goal.uid)}),
        ("new-cluster", {"name": "Nine"}),
        ("assign", {"cluster": "out"}),
        ("ignore", {}),
        ("restore", {}),
        ("different", {}),
    ):
        planted.decide(verb, domain=planted.ids(*chosen), **fields)

        after = homes(run)
        assert {n: h for n, h in after.items() if n not in chosen} == {
            n: h for n, h in before.items() if n not in chosen
        }


def test_request_7_a_merge_is_split_back_and_a_selection_is_split_off(
    planted: PlantedSet,
) -> None:
    """From any merged cluster, "Split back" restores the parts; selected tiles become a new
    cluster; a suggested split has the odd ones selected."""
    run = planted.cluster()
    before = homes(run)
    uids = {home(run, planted.of_group(n)[0]) for n in (0, 1, 2)}
    planted.decide("merge", cluster=sorted(uids), name="Three")
    merged = home(run, planted.of_group(0)[0])
    assert "Split back" in planted.page(f"clusters/{merged}/")
    suggested = planted.page(f"clusters/{merged}/?split=1")
    checked = re.findall(r'value="d(\d+)"\s+checked', suggested)
    names = dict(planted.dataset.domains.values_list("pk", "name"))
    assert len({names[int(pk)].partition("-")[0] for pk in checked}) == 1
    assert len(checked) == 4

    planted.decide("split-back", cluster=merged)
    assert homes(run) == before
    planted.decide("new-cluster", domain=checked[:2], name="Odd")

    assert len({home(run, names[int(pk)]) for pk in checked[:2]}) == 1
    assert home(run, names[int(checked[0])]) != home(run, names[int(checked[2])])


def test_request_8_twenty_undos_give_back_the_same_bytes(
    planted: PlantedSet, alice: User, client: Client
) -> None:
    """Ctrl+Z 20 times returns a byte-identical export; works after a reload and for moves,
    merges, renames, ignores, rules, locks and notes."""
    run = planted.cluster()
    before = planted.exported()
    uids = [str(uid) for uid in run.clusters.values_list("uid", flat=True)]
    for turn in range(2):
        some = planted.ids(*planted.outliers[turn * 8 : turn * 8 + 4])
        planted.decide("assign", domain=some[:1], cluster=uids[0])
        planted.decide("merge", cluster=uids[turn * 3 : turn * 3 + 3], name=f"Merged {turn}")
        planted.decide("rename", cluster=uids[8], name=f"Renamed {turn}")
        planted.decide("new-cluster", domain=some[1:3], name=f"Made {turn}")
        planted.decide("ignore", domain=some[3:])
        planted.decide("restore", domain=some[3:])
        planted.decide("same", domain=some[:2])
        planted.decide("different", domain=some[2:])
        planted.decide("lock", cluster=uids[9], is_locked=str(turn == 0).lower())
        planted.decide("note", cluster=uids[9], text=f"note {turn}")
    assert run.corrections.count() == 20
    assert planted.exported() != before

    client.logout()
    client.force_login(alice)
    for _ in range(20):
        planted.decide("undo")

    assert planted.exported() == before
    assert not run.pair_rules.exists()
    assert not run.notes.exists()
    assert not run.clusters.filter(is_locked=True).exists()


def test_request_9_a_pair_marked_different_is_never_suggested_or_joined(
    planted: PlantedSet,
) -> None:
    """A pair marked different is never again suggested or merged automatically; it is listed
    on the page "Rules", where it can be removed."""
    run = planted.cluster()
    one, other = planted.of_group(3)[:2]
    assert home(run, one) == home(run, other) != ""

    planted.decide("different", domain=planted.ids(one, other))

    assert all(name in planted.page("rules/") for name in (one, other))
    for clusterer in CLUSTERERS:
        later = planted.cluster(clusterer=clusterer)
        assert home(later, one) != home(later, other) or home(later, one) == ""
        for name, kept in ((one, other), (other, one)):
            logo_id = later.assignments.get(domain__name=name).logo_id
            found = suggestions(later, LabelSource.CORRECTED, [logo_id])[logo_id]
            assert home(later, kept) not in {
                str(card.cluster.uid) for card in found if home(later, kept)
            }
    first, second = sorted(planted.ids(one, other))
    planted.decide("remove-rule", pair=f"{first}-{second}")
    again = planted.cluster()
    assert home(again, one) == home(again, other)


def test_request_10_an_ignored_logo_leaves_every_list_and_can_be_restored(
    planted: PlantedSet,
) -> None:
    """Ignored logos leave the queue and all counters, are exported as ignored, and can be
    restored."""
    run = planted.cluster()
    name = planted.outliers[0]
    before = planted.exported()

    planted.decide("ignore", domain=planted.ids(name))

    run.refresh_from_db()
    assert (run.n_outliers, run.n_ignored) == (59, 1)
    items = {one["domain"]: one for one in json.loads(planted.exported())["items"]}
    assert items[name]["status"] == "ignored"
    assert f">{name}<" not in planted.page("outliers/?sort=name")
    assert name in planted.page("ignored/")
    assert name not in planted.page("review/")
    later = planted.cluster()
    assert later.assignments.get(domain__name=name).is_ignored
    planted.decide("restore", domain=planted.ids(name))
    assert not later.assignments.get(domain__name=name).is_ignored
    assert json.loads(before)["items"]


def test_request_21_map_and_identities_stay_when_the_data_grows(
    alice: User, client: Client
) -> None:
    """Add 5 % rows: median movement of old dots < 2 % of the map's width, >= 95 % of the ids
    unchanged."""
    planted = PlantedSet(alice, client, [5] * 40, 20)
    names = np.random.default_rng(1).permutation(planted.names).tolist()
    planted.add(names[:208])
    first = planted.cluster(projector="tsne")
    planted.add(names[208:218])

    later = planted.cluster(projector="tsne")

    old, new = places(first), places(later)
    moved = [float(np.linalg.norm(new[name] - old[name])) for name in old]
    width = np.ptp([place[0] for place in old.values()])
    assert np.median(moved) < 0.02 * width
    before = set(first.clusters.values_list("uid", flat=True))
    after = set(later.clusters.values_list("uid", flat=True))
    assert len(before & after) >= 0.95 * len(before)
    assert all(np.isfinite(new[name]).all() for name in names[:218])


@pytest.mark.parametrize("clusterer", sorted(CLUSTERERS))
def test_request_22_every_clusterer_obeys_and_leaves_the_others_alone(
    planted: PlantedSet, clusterer: str
) -> None:
    """Constraints hold in 100 % of the cases; fewer than 1 % of the untouched logos move."""
    plain = planted.cluster(clusterer=clusterer)
    same = [(planted.of_group(n)[0], planted.of_group(n + 1)[0]) for n in (0, 4)]
    same += [(planted.outliers[0], planted.of_group(8)[0])]
    different = [(planted.of_group(n)[0], planted.of_group(n)[1]) for n in (2, 6, 9)]
    for pair in same:
        planted.decide("same", domain=planted.ids(*pair))
    for pair in different:
        planted.decide("different", domain=planted.ids(*pair))

    later = planted.cluster(clusterer=clusterer)

    held = homes(later)
    assert all(held[one] == held[other] != "" for one, other in same)
    assert all(held[one] != held[other] or held[one] == "" for one, other in different)
    ruled = {name for pair in (*same, *different) for name in pair}
    before = homes(plain)
    touched = {before[name] for name in ruled} - {""}
    others = [name for name in held if name not in ruled and before[name] not in touched]
    n_moved = sum(held[name] != before[name] for name in others)
    assert n_moved < 0.01 * len(others)


def test_request_23_outliers_above_a_confidence_are_assigned_and_undone(
    planted: PlantedSet,
) -> None:
    """The slider previews count and the 20 borderline logos; never silent; reversible."""
    run = planted.cluster()
    goal = run.clusters.order_by("number")[0]
    chances = {name: 0.601 + place / 200 for place, name in enumerate(planted.outliers)}
    for name, probability in chances.items():
        suggest(run, name, goal, probability=probability)
    above = [name for name, probability in chances.items() if probability >= 0.65]
    before, address = planted.exported(), f"{planted.path}review/sure/?from=0.65"

    def drawn() -> tuple[str, dict[str, list[str]]]:
        """Return the page, and what its form sends without the second button."""
        page = planted.client.get(address).content.decode()
        fields: dict[str, list[str]] = {}
        for name, value in re.findall(
            r'name="(\w+)"\s+value="([^"]*)"', page[page.index("sure-g") :]
        ):
            fields.setdefault(name, []).append(value)
        fields.pop("rest", None)
        return " ".join(page.split()), fields | {"from": ["0.65"]}

    page, form = drawn()
    assert "50 suggestions at or above 0.65, for 50 outliers" in page
    assert re.findall(r'aria-label="(\S+) belongs to', page) == above[:20]
    assert "remaining" not in page  # nobody has looked at ten suggestions yet
    planted.client.post(address, form)
    assert [name for name in chances if home(run, name) == str(goal.uid)] == above[:20]

    page, form = drawn()
    assert "Accept these and the remaining 10" in page
    suggest(run, planted.outliers[0], goal, probability=0.98)  # since the page counted
    planted.client.post(address, form | {"rest": ["1"]})
    assert [name for name in chances if home(run, name) == str(goal.uid)] == above
    assert run.corrections.count() == 2

    planted.decide("undo")
    assert [name for name in chances if home(run, name) == str(goal.uid)] == above[:20]
    planted.decide("undo")
    assert planted.exported() == before


def test_request_24_a_group_keeps_its_colour_in_a_run_with_other_parameters(
    planted: PlantedSet,
) -> None:
    """Same cluster = same colour everywhere and after a re-run."""

    def colours(run: Run) -> dict[str, str]:
        """Return the colour of each group on the page of its cluster."""
        shown = {name: home(run, name) for name in firsts}
        pages = {uid: planted.page(f"clusters/{uid}/") for uid in shown.values()}
        drawn = {uid: re.findall(r"series series-(\d+)", page)[0] for uid, page in pages.items()}
        return {name: drawn[uid] for name, uid in shown.items()}

    firsts = [planted.of_group(number)[0] for number in range(12)]
    run = planted.cluster()
    planted.decide("rename", cluster=home(run, firsts[0]), name="Renamed")
    before = colours(run)

    later = planted.cluster(clusterer="hdbscan")

    assert len(set(before.values())) > 1
    assert colours(later) == before
