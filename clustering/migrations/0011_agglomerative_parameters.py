"""Rewrite stored clusterer names and parameters after the merge of two clusterers into one.

``threshold`` (linkage "connected" or "average") became ``agglomerative`` (linkage "single" or
"average"), and the option ``distance`` became ``distance_threshold``.
"""

from typing import Any, Final

from django.apps.registry import Apps
from django.db import migrations
from django.db.backends.base.schema import BaseDatabaseSchemaEditor

LINKAGES: Final = {"connected": "single"}
DEFAULTS: Final = {
    "threshold": {"linkage": "connected", "distance": 0.3, "min_size": 2},
    "agglomerative": {"linkage": "complete", "distance": 0.3, "n_clusters": 0, "min_size": 2},
}
"""The defaults of the options at the time, for runs that stored only what differed."""
BATCH: Final = 100


def rename_parameters(apps: Apps, schema_editor: BaseDatabaseSchemaEditor) -> None:
    """Rewrite every run and every search result that uses the old names."""
    runs = apps.get_model("clustering", "Run").objects
    for run in runs.filter(clusterer__in=DEFAULTS).iterator(BATCH):
        if "distance_threshold" in run.clusterer_params:
            continue
        params = DEFAULTS[run.clusterer] | run.clusterer_params
        run.clusterer, run.clusterer_params = "agglomerative", _renamed({"n_clusters": 0} | params)
        run.save(update_fields=["clusterer", "clusterer_params"])
    for tuning in apps.get_model("clustering", "Tuning").objects.iterator(BATCH):
        if tuning.result:
            tuning.result = _result(tuning.result)
            tuning.save(update_fields=["result"])


def _result(result: dict[str, Any]) -> dict[str, Any]:
    report = result["report"]
    sweeps = {
        LINKAGES.get(linkage, linkage): [_setting(one) for one in points]
        for linkage, points in report["sweeps"].items()
    }
    previews = {LINKAGES.get(name, name): shown for name, shown in result["previews"].items()}
    report = report | {"chosen": _setting(report["chosen"]), "sweeps": sweeps}
    return result | {"report": report, "previews": previews}


def _setting(setting: dict[str, Any]) -> dict[str, Any]:
    if setting["clusterer"] not in DEFAULTS:
        return setting
    return setting | {"clusterer": "agglomerative", "params": _renamed(setting["params"])}


def _renamed(params: dict[str, Any]) -> dict[str, Any]:
    renamed = {"distance_threshold" if name == "distance" else name: params[name] for name in params}
    if "linkage" in renamed:
        renamed["linkage"] = LINKAGES.get(renamed["linkage"], renamed["linkage"])
    return renamed


class Migration(migrations.Migration):
    dependencies = (("clustering", "0010_kept_counts"),)
    operations = (
        migrations.RunPython(rename_parameters, migrations.RunPython.noop, elidable=True),
    )
