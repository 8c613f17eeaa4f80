"""What became of clusters, from how many domains went where."""

import pytest

from clustering.pipeline.run_comparison import ChangeKind, Flows, changes


@pytest.mark.parametrize(
    ("flows", "kind"),
    [
        ({(1, 11): 5}, ChangeKind.UNCHANGED),
        ({(1, 11): 5, (None, 11): 2}, ChangeKind.GROWN),
        ({(1, 11): 5, (1, None): 2}, ChangeKind.SHRUNK),
        ({(1, 11): 3, (2, 11): 3}, ChangeKind.MERGED),
        ({(1, 11): 3, (1, 12): 2}, ChangeKind.SPLIT),
        ({(None, 11): 2}, ChangeKind.NEW),
        ({(1, None): 2}, ChangeKind.GONE),
    ],
)
def test_each_kind_is_told_from_the_domains(flows: Flows, kind: ChangeKind) -> None:
    (found,) = changes(flows, {11: 1})

    assert found.kind is kind
    assert found.n_before == sum(n for (before, _), n in flows.items() if before)
    assert found.n_after == sum(n for (_, after), n in flows.items() if after)


def test_one_domain_that_moved_makes_no_split_and_no_merge() -> None:
    flows: Flows = {(1, 11): 9, (1, 12): 1, (2, 12): 9}

    found = {one.kind: one for one in changes(flows, {11: 1, 12: 2})}

    assert found[ChangeKind.SHRUNK].after == (11,)
    assert found[ChangeKind.GROWN].after == (12,)


def test_a_cluster_with_another_uid_and_the_same_domains_is_unchanged() -> None:
    (found,) = changes({(1, 11): 4}, {})

    assert found.kind is ChangeKind.UNCHANGED


def test_every_cluster_is_told_once_or_as_a_part() -> None:
    flows: Flows = {(1, 11): 4, (2, 11): 4, (3, 12): 3, (3, 13): 3, (4, None): 2, (None, 14): 2}

    found = changes(flows, {11: 1, 12: 3})

    assert [one.kind.value for one in found] == ["merged", "split", "new", "gone"]
    assert sorted(pk for one in found for pk in one.before) == [1, 2, 3, 4]
    assert sorted(pk for one in found for pk in one.after) == [11, 12, 13, 14]
