"""The scripts of docs/examples, on the exports of a run."""

import importlib.util
import sys
from pathlib import Path
from types import ModuleType

import numpy as np
import pandas as pd
import pytest
from pytest_django.live_server_helper import LiveServer

from clustering.models import ApiToken, LabelSource, Run, User
from clustering.pipeline.evaluation.label_files import read_labels
from clustering.selectors import export_edges, export_tables
from clustering.services import tokens
from clustering.services.runs import neighbours
from logosite_client import Logosite
from tests.factories import make_dataset, make_embedding, make_run
from tests.stack import ROOT

pytestmark = pytest.mark.django_db(transaction=True)


def example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, ROOT / f"docs/examples/{name}.py")
    assert spec is not None
    assert spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(module)
    return module


@pytest.fixture
def run(alice: User) -> Run:
    """Two brands of two pictures each, and an outlier; the pictures of a brand are neighbours."""
    groups = {"acme": ["acme.de", "acme.fr"], "bolt": ["bolt.de", "bolt.fr"], "-": ["x.de"]}
    run = make_run(make_dataset(alice), groups)
    run.dataset.other_columns = ["entity", "id", "why", "brand"]
    run.dataset.save()
    run.dataset.domains.update(other_cells=["1", "2", "3", "4"])
    for number, row in enumerate(run.assignments.order_by("domain__name")):
        make_embedding(row.logo, np.eye(8)[number // 2 * 2] + 0.01 * number)
    logos = list(run.assignments.order_by("domain__name").values_list("logo_id", flat=True))
    neighbours.save(run, logos, np.array([[1], [0], [3], [2], [-1]]))
    return run


@pytest.fixture
def folder(run: Run, tmp_path: Path) -> Path:
    for name, write in (
        ("domains", export_tables.domains_parquet),
        ("edges", export_edges.edges_parquet),
    ):
        (tmp_path / f"{name}.parquet").write_bytes(b"".join(write(run, LabelSource.CORRECTED)))
    return tmp_path


def test_domains_to_label_are_a_file_of_labels(folder: Path) -> None:
    domains = pd.read_parquet(folder / "domains.parquet")

    chosen = example("label_with_pandas").to_label(domains, 4)

    assert chosen["why"].tolist() == ["doubtful"] * 2 + ["sample"] * 2
    labels = read_labels(chosen.to_csv(index=False).encode())
    assert set(labels) <= {"acme.de", "acme.fr", "bolt.de", "bolt.fr", "x.de"}
    assert {labels[name].brand for name in labels if name.startswith("bolt")} <= {"bolt"}


@pytest.mark.parametrize("has_splink", [True, False])
def test_domains_resolve_to_entities(
    folder: Path, monkeypatch: pytest.MonkeyPatch, *, has_splink: bool
) -> None:
    """Splink reads both exports; without it DuckDB finds the same entities."""
    if has_splink:
        importlib.import_module("splink")
    else:
        monkeypatch.setitem(sys.modules, "splink", None)

    found = example("resolve_with_duckdb").resolve(
        str(folder / "domains.parquet"), str(folder / "edges.parquet")
    )

    groups: dict[str, set[str]] = {}
    for entity, domain, _ in found.fetchall():
        groups.setdefault(entity, set()).add(domain)
    assert sorted(map(sorted, groups.values())) == [
        ["acme.de", "acme.fr"], ["bolt.de", "bolt.fr"], ["x.de"],
    ]  # fmt: skip


def test_the_nightly_job_adds_domains_and_saves_exports(
    live_server: LiveServer, alice: User, run: Run, tmp_path: Path
) -> None:
    site = Logosite(live_server.url, tokens.create(alice, name="t", scope=ApiToken.Scope.ADMIN)[1])
    nightly = example("nightly").nightly

    assert nightly(site, run.dataset.slug, ["acme.de", "x.de"], tmp_path) == 0

    (day,) = tmp_path.iterdir()
    assert pd.read_parquet(day / "domains.parquet")["domain"].is_unique
    assert (day / "curation.json").stat().st_size > 0
