"""Selectors only read: none calls a method that writes rows."""

import ast
from pathlib import Path

import pytest

import clustering.selectors

WRITES = {
    "save",
    "create",
    "get_or_create",
    "update_or_create",
    "delete",
    "bulk_create",
    "bulk_update",
    "select_for_update",
}
MODULES = sorted(Path(clustering.selectors.__path__[0]).glob("*.py"))


def writes_in(source: str) -> list[str]:
    calls = [node.func for node in ast.walk(ast.parse(source)) if isinstance(node, ast.Call)]
    methods = [call for call in calls if isinstance(call, ast.Attribute)]
    return [ast.unparse(call) for call in methods if call.attr in WRITES or _is_update(call)]


def _is_update(call: ast.Attribute) -> bool:
    """A queryset's update follows a call or a manager; that of a dict follows its name."""
    if call.attr != "update":
        return False
    return not isinstance(call.value, ast.Name)


@pytest.mark.parametrize("module", MODULES, ids=lambda module: module.stem)
def test_a_selector_writes_nothing(module: Path) -> None:
    assert writes_in(module.read_text()) == []


@pytest.mark.parametrize(
    "source",
    [
        "row.save()",
        "Run.objects.create(slug='x')",
        "run.clusters.filter(pk=1).update(name='x')",
        "run.clusters.update(name='x')",
        "Logo.objects.bulk_create(rows)",
        "runs.delete()",
    ],
)
def test_a_write_is_found(source: str) -> None:
    assert len(writes_in(source)) == 1


def test_the_update_of_a_dictionary_is_no_write() -> None:
    assert writes_in("scores.update(zip(ids, values))") == []
