"""Merges of clusters: where a merged cluster belongs, and so its members."""

import django.db.models.deletion
from django.db import migrations, models
from django.db.models.functions import Coalesce


class Migration(migrations.Migration):
    dependencies = [("clustering", "0016_dataset_due")]

    operations = [
        migrations.AddField(
            model_name="run",
            name="carried",
            field=models.JSONField(
                default=dict,
                help_text="how many decisions and merges of the last run were kept",
            ),
        ),
        migrations.AddField(
            model_name="cluster",
            name="merged_into",
            field=models.ForeignKey(
                blank=True,
                help_text="where the machine's members of this one belong, by a merge",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="parts",
                to="clustering.cluster",
            ),
        ),
        migrations.AddField(
            model_name="assignment",
            name="bound_cluster",
            field=models.ForeignKey(
                blank=True,
                help_text="by a merge of clusters",
                null=True,
                on_delete=django.db.models.deletion.SET_NULL,
                related_name="bound_assignments",
                to="clustering.cluster",
            ),
        ),
        # The expression of a generated column cannot be altered: it is made again.
        migrations.RemoveIndex(model_name="assignment", name="assignment_corrected"),
        migrations.RemoveIndex(model_name="assignment", name="assignment_outliers"),
        migrations.RemoveField(model_name="assignment", name="corrected_cluster_id"),
        migrations.AddField(
            model_name="assignment",
            name="corrected_cluster_id",
            field=models.GeneratedField(
                db_persist=True,
                expression=models.Case(
                    models.When(reviewed_at__isnull=False, then=models.F("human_cluster")),
                    default=Coalesce(models.F("bound_cluster"), models.F("cluster")),
                ),
                output_field=models.BigIntegerField(null=True),
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                fields=["run", "corrected_cluster_id", "-similarity", "id"],
                name="assignment_corrected",
            ),
        ),
        migrations.AddIndex(
            model_name="assignment",
            index=models.Index(
                condition=models.Q(("corrected_cluster_id__isnull", True)),
                fields=["run", "outlier_score", "id"],
                name="assignment_outliers",
            ),
        ),
    ]
