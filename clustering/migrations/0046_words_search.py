"""Index the words in logos by trigram, where PostgreSQL is the database."""

from django.db import ProgrammingError, migrations
from django.db.transaction import atomic


def index_words(apps, schema_editor):
    if schema_editor.connection.vendor != "postgresql":
        return
    try:
        with atomic(schema_editor.connection.alias):
            schema_editor.execute(
                "CREATE INDEX IF NOT EXISTS logo_words_search ON clustering_logowords "
                "USING gin (text gin_trgm_ops)"
            )
    except ProgrammingError:  # without pg_trgm, searches read the words of all logos of their run
        return


def drop_index(apps, schema_editor):
    if schema_editor.connection.vendor == "postgresql":
        schema_editor.execute("DROP INDEX IF EXISTS logo_words_search")


class Migration(migrations.Migration):

    dependencies = [
        ("clustering", "0045_run_taught"),
    ]

    operations = [
        migrations.RunPython(index_words, drop_index),
    ]
