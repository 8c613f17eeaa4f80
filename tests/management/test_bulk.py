"""The command of bulk mode: plan and status."""

from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

from clustering.pipeline.bulk.plan import Plan
from clustering.pipeline.bulk.store import Store


def _called(*arguments: str) -> str:
    out = StringIO()
    call_command("bulk", *arguments, stdout=out)
    return out.getvalue()


def _list(folder: Path) -> str:
    path = folder / "list.txt"
    path.write_text("example.com\n# a comment\nhttps://www.example.org/home\nno domain\n")
    return str(path)


def test_a_plan_tells_shards_cost_and_limits(tmp_path: Path) -> None:
    folder = str(tmp_path / "run")

    told = _called("plan", _list(tmp_path), folder, "--fetchers", "40")

    assert "2 domains in 1 shards" in told
    assert "core-hours" in told
    assert "20 new connections a second to one address, 0.5 from each process" in told
    plan = Plan.load(Store(folder))
    assert plan.fetch is not None
    assert (plan.fetch.n_domains, plan.fetch.n_fetchers, plan.cell_rows) == (2, 40, 500)


def test_status_counts_the_tasks_that_are_known(tmp_path: Path) -> None:
    folder = str(tmp_path / "run")
    _called("plan", _list(tmp_path), folder)

    lines = _called("status", folder).splitlines()

    assert lines[0].split()[:4] == ["fetch", "0", "of", "1"]
    assert lines[-1].split()[:4] == ["domains", "0", "of", "?"]


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("plan", "LIST", "TAKEN"), "holds a bulk run"),
        (("plan", "LIST", "other.warc.gz", "NEW"), "one list of domains, or WARC files only"),
        (("plan", "missing.warc.gz", "NEW"), "does not exist"),
        (("run", "NEW"), "holds no bulk run"),
        (("status", "NEW"), "holds no bulk run"),
    ],
)
def test_wrong_input_is_told(arguments: tuple[str, ...], message: str, tmp_path: Path) -> None:
    places = {"LIST": _list(tmp_path), "TAKEN": str(tmp_path / "a"), "NEW": str(tmp_path / "b")}
    _called("plan", places["LIST"], places["TAKEN"])

    with pytest.raises(CommandError, match=message):
        _called(*(places.get(one, one) for one in arguments))


@pytest.mark.django_db
def test_an_unknown_user_is_told(tmp_path: Path) -> None:
    with pytest.raises(CommandError, match="no user is called 'nobody'"):
        _called("import", str(tmp_path), "--user", "nobody")
