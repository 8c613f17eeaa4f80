"""docs/glossary.md has an entry for each model, service, selector, pipeline module and page."""

import re
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from django.apps import apps

from clustering.models import LabelSource
from clustering.models.work import LeasedWork

ROOT = Path(__file__).resolve().parents[2]
ENTRY = re.compile(r"^- \*\*(.+?)\*\*(?: \((`.+?`)\))?: \S.*\.$")
TITLE = re.compile(r"{% block title %}(.*?){% endblock", re.DOTALL)
TEMPLATE_CODE = re.compile(r"{[{%].*?[%}]}")
SITE = "Logosite"


def _entries() -> dict[str, list[str]]:
    """Return the names that each term lists, in the order of the file."""
    lines = (ROOT / "docs/glossary.md").read_text(encoding="utf-8").splitlines()
    found = [ENTRY.match(line) for line in lines if line.startswith("- ")]
    assert all(found), "an entry is `- **term** (`name`, ...): sentence.`"
    return {match[1]: re.findall("`(.+?)`", match[2] or "") for match in found if match}


def _models() -> set[str]:
    models = {model.__name__ for model in apps.get_app_config("clustering").get_models()}
    return models | {LeasedWork.__name__, LabelSource.__name__}


def _modules(folder: str) -> set[str]:
    paths = (ROOT / "clustering" / folder).iterdir()
    return {path.stem for path in paths if not path.name.startswith("_")}


def _page_titles() -> set[str]:
    return {
        title
        for template in (ROOT / "templates").rglob("*.html")
        for block in TITLE.findall(template.read_text(encoding="utf-8"))
        for title in _static_parts(block)
    }


def _static_parts(block: str) -> Iterator[str]:
    for part in re.split(r" [·-] ", TEMPLATE_CODE.sub("", block)):
        if part.strip(" \n%") and part.strip() not in {SITE, "Not found"}:
            yield part.strip()


@pytest.mark.parametrize(
    "names",
    [
        _models,
        lambda: _modules("services"),
        lambda: _modules("selectors"),
        lambda: _modules("pipeline"),
        _page_titles,
    ],
    ids=["models", "services", "selectors", "pipeline", "pages"],
)
def test_each_name_has_an_entry(names: Callable[[], set[str]]) -> None:
    known = {name for listed in _entries().values() for name in listed}

    assert names() - known == set()


def test_the_glossary_lists_only_names_that_exist() -> None:
    listed = {name for names in _entries().values() for name in names}
    within_packages = {path.stem for path in (ROOT / "clustering/services").rglob("*.py")}
    existing = _models() | _page_titles() | within_packages
    existing |= _modules("services") | _modules("selectors") | _modules("pipeline")

    assert listed - existing == set()


def test_entries_are_in_alphabetical_order() -> None:
    terms = list(_entries())

    assert terms == sorted(terms, key=str.lower)
