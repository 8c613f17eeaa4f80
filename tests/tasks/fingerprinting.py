"""Digests of a run's exports without what differs from run to run: ids, times, versions."""

import csv
import hashlib
import io
import json
from collections.abc import Collection, Iterable
from pathlib import Path
from typing import Any

from clustering.models import Run
from clustering.selectors import export_rows

NUMBERS = (
    *("confidence", "outlier_score", "xy", "x", "y", "cohesion", "metrics"),
    *("embedder", "medoid_sha256"),
)
"""Fields that depend on the processor's precision, or, in their last digits, on which logos
were embedded in one batch; of members that are equally central, those choose the medoid."""
BRAND_LAYER = ("brand", "brand_id")
"""Fields of the other layer, which the digests of the groups by picture leave out."""
STORED = Path(__file__).with_name("fingerprints.json")


def stored_fingerprints(data: str) -> dict[str, str]:
    """Return the digests that a set of logos gave when they were recorded."""
    stored: dict[str, dict[str, str]] = json.loads(STORED.read_text(encoding="utf-8"))
    return stored[data]


def fingerprints(run: Run, *, leave_out: Collection[str] = ()) -> dict[str, str]:
    """Return the SHA-256 of each export of a run by its name, without the fields ``leave_out``."""
    full = _comparable_json(b"".join(export_rows.full_json(run)), leave_out)
    rows = _comparable_csv(b"".join(export_rows.domains_csv(run)), leave_out)
    return {
        "clusters.json": _sha256(b"".join(export_rows.clusters_json(run))),
        "full.json": _sha256(full),
        "domains.csv": _sha256(rows),
    }


def _comparable_json(document: bytes, leave_out: Collection[str]) -> bytes:
    full = json.loads(document)
    del full["project"], full["curation"]
    full["run"] = {name: full["run"][name] for name in ("embedder", "metrics", "random_state")}
    _leave_out(full["run"], leave_out)
    for cluster in full["clusters"]:
        _leave_out(cluster, {"id", *leave_out})
    for item in full["items"]:
        _leave_out(item, {"cluster_id", "decided_by", *BRAND_LAYER, *leave_out})
        if item["image"]:
            del item["image"]["fetched_at"]
    return json.dumps(full, sort_keys=True).encode()


def _comparable_csv(document: bytes, leave_out: Collection[str]) -> bytes:
    rows = list(csv.DictReader(io.StringIO(document.decode("utf-8-sig"))))
    for row in rows:
        _leave_out(row, {"cluster_id", *BRAND_LAYER, *leave_out})
    return json.dumps(rows).encode()


def _leave_out(fields: dict[str, Any], names: Iterable[str]) -> None:
    for name in names:
        fields.pop(name, None)


def _sha256(content: bytes) -> str:
    return hashlib.sha256(content).hexdigest()
