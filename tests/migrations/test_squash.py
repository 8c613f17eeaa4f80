"""The squashed migration creates the schema of the ones it replaces, and takes over from them."""

import json
import os
import subprocess
import sys
from pathlib import Path
from typing import Any

import pytest
from django.conf import settings

pytestmark = pytest.mark.slow


SCRIPT = """
import json
import sys

import django
django.setup()
from django.core.management import call_command
from django.db import connection
from django.db.migrations.executor import MigrationExecutor
from django.db.migrations.loader import MigrationLoader
from django.db.migrations.recorder import MigrationRecorder

before = sys.argv[1]
if before:
    executor = MigrationExecutor(connection)
    executor.loader = MigrationLoader(connection, replace_migrations=False)
    state = executor.migrate([("clustering", before)])
    apps = state.apps
    user = apps.get_model("clustering", "User").objects.create(username="a@example.com")
    dataset = apps.get_model("clustering", "Dataset").objects.create(
        name="Brands", slug="brands", owner=user, embedder="logonet"
    )
    apps.get_model("clustering", "Run").objects.create(
        dataset=dataset, slug="old", embedder="logonet", projector="umap",
        clusterer="threshold",
        clusterer_params={"distance": 0.16, "linkage": "average", "min_size": 2},
    )
call_command("migrate", verbosity=0)
from clustering.models import Run
tables = {}
with connection.cursor() as cursor:
    for table in connection.introspection.table_names(cursor):
        if table.startswith("clustering_"):
            columns = connection.introspection.get_table_description(cursor, table)
            constraints = connection.introspection.get_constraints(cursor, table)
            tables[table] = {
                "columns": sorted([c.name, str(c.type_code), c.null_ok] for c in columns),
                "constraints": sorted(
                    json.dumps([c["columns"], c["unique"], c["index"], c["check"]], default=str)
                    for c in constraints.values()
                ),
            }
applied = [n for a, n in MigrationRecorder(connection).applied_migrations() if a == "clustering"]
runs = list(Run.objects.values_list("clusterer", "clusterer_params"))
print(json.dumps({"tables": tables, "applied": applied, "runs": runs}))
"""


def migrated(folder: Path, *, before: str) -> dict[str, Any]:
    """Migrate an empty database, or one that was left at the migration ``before``."""
    environment = os.environ | {
        "DJANGO_SETTINGS_MODULE": "logosite.settings",
        "DATABASE_URL": f"sqlite:///{folder / 'db.sqlite3'}",
    }
    done = subprocess.run(
        [sys.executable, "-c", SCRIPT, before],
        cwd=settings.BASE_DIR,
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stderr
    answer: dict[str, Any] = json.loads(done.stdout.splitlines()[-1])
    return answer


@pytest.fixture(scope="module")
def fresh(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    return migrated(tmp_path_factory.mktemp("fresh"), before="")


@pytest.fixture(scope="module")
def old(tmp_path_factory: pytest.TempPathFactory) -> dict[str, Any]:
    """A database that was left at the last migration with the parameters of before."""
    return migrated(tmp_path_factory.mktemp("old"), before="0008_neighbourhood")


def test_an_old_database_ends_with_the_schema_of_a_fresh_one(
    fresh: dict[str, Any], old: dict[str, Any]
) -> None:
    assert old["tables"] == fresh["tables"]
    assert "clustering_assignment" in fresh["tables"]
    assert set(fresh["applied"]) <= set(old["applied"])
    assert any(name.startswith("0001_squashed") for name in old["applied"])


def test_a_database_of_the_last_squashed_migration_ends_with_it_too(
    fresh: dict[str, Any], tmp_path: Path
) -> None:
    assert migrated(tmp_path, before="0012_domain_counts")["tables"] == fresh["tables"]


def test_runs_of_an_old_database_get_the_current_parameters(old: dict[str, Any]) -> None:
    params = {"linkage": "average", "distance_threshold": 0.16, "n_clusters": 0, "min_size": 2}
    assert old["runs"] == [["agglomerative", params]]
