"""The evaluate command."""

import json
from io import StringIO
from pathlib import Path

import pytest
from django.core.management import CommandError, call_command

LABELS = "domain,brand,look,kind\na.de,x,main,gold\nb.de,x,main,gold\nc.de,y,main,singleton\n"


@pytest.fixture
def labels(tmp_path: Path) -> Path:
    file = tmp_path / "labels.csv"
    file.write_text(LABELS)
    return file


def clusters(tmp_path: Path, document: dict[str, list[str]]) -> str:
    file = tmp_path / "clusters.json"
    file.write_text(json.dumps(document))
    return str(file)


def test_a_perfect_grouping_scores_one(tmp_path: Path, labels: Path) -> None:
    out = StringIO()
    file = clusters(tmp_path, {"0": ["a.de", "b.de"], "-1": ["c.de"]})

    call_command("evaluate", file, str(labels), "--json", stdout=out)

    figures = json.loads(out.getvalue())
    assert (figures["b3_f1"], figures["singletons_clustered"], figures["n"]) == (1.0, 0.0, 3)


def test_labels_of_other_domains_are_refused(tmp_path: Path, labels: Path) -> None:
    file = clusters(tmp_path, {"0": ["z.de"]})

    with pytest.raises(CommandError, match="labels none of the domains"):
        call_command("evaluate", file, str(labels))
