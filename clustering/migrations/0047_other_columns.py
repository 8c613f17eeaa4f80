"""Keep the other columns of an uploaded list."""

from django.db import migrations, models


class Migration(migrations.Migration):

    dependencies = [
        ("clustering", "0046_words_search"),
    ]

    operations = [
        migrations.AddField(
            model_name="dataset",
            name="other_columns",
            field=models.JSONField(
                blank=True, default=list, help_text="names of the columns of Domain.other_cells"
            ),
        ),
        migrations.AddField(
            model_name="domain",
            name="other_cells",
            field=models.JSONField(
                blank=True,
                help_text="of its first row, one per Dataset.other_columns; without empty ones at the end",
                null=True,
            ),
        ),
    ]
