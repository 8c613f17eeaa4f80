"""Index the names of brands by trigram within a run, where PostgreSQL is the database."""

from django.db import ProgrammingError, migrations
from django.db.transaction import atomic


def index_names(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with atomic(schema_editor.connection.alias):
            schema_editor.execute(
                "CREATE INDEX IF NOT EXISTS brand_name_search ON clustering_brand "
                "USING gin (run_id, upper(name::text) gin_trgm_ops)"
            )
    except ProgrammingError:  # without pg_trgm, searches read all names of their run
        return


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS brand_name_search")


class Migration(migrations.Migration):

    dependencies = [
        ("clustering", "0037_brands"),
    ]

    operations = [
        migrations.RunPython(index_names, drop_index),
    ]
