"""The report of a run: one HTML page with its numbers, its map and its clusters, for anybody."""

import json
from base64 import b64encode
from colorsys import hsv_to_rgb
from html import escape
from io import BytesIO
from typing import Final

import numpy as np
from PIL import Image, ImageDraw

from clustering.models import Cluster, LabelSource, Run
from clustering.models.run import effective
from clustering.selectors import export_rows, map_points
from clustering.selectors.coverage import coverage
from clustering.selectors.export_rows import Parts
from clustering.selectors.streaming import snapshot
from clustering.services.storage import thumbnail_picture

MAX_CLUSTERS: Final = 500
LOGOS_PER_CLUSTER: Final = 12
THUMBNAIL_PX: Final = 96
MAP_PX: Final = (1200, 760)
DOT_PX: Final = 3
GREY: Final = (150, 150, 150)
STYLE: Final = """
:root{color-scheme:light dark}body{font:16px/1.5 system-ui,sans-serif;max-width:75rem;margin:2rem
auto;padding:0 1rem}h2{margin:2rem 0 .5rem;overflow-wrap:anywhere}table{border-collapse:collapse}
td,th{text-align:left;padding:.2rem 1rem .2rem 0;vertical-align:top}ul{display:flex;flex-wrap:wrap;
gap:.5rem;padding:0;list-style:none}li{width:8rem;font-size:.8rem;overflow-wrap:anywhere}
li img{width:8rem;height:6rem;object-fit:contain;background:#fff}li.dark img{background:#1c1e21}
.map{width:100%;height:auto;background:#fff}pre{white-space:pre-wrap}
"""
HEAD: Final = (
    '<!doctype html><html lang="en"><meta charset="utf-8">'
    '<meta name="viewport" content="width=device-width">'
    '<meta http-equiv="Content-Security-Policy" '
    "content=\"default-src 'none'; img-src data:; style-src 'unsafe-inline'\">"
)


def report_html(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield a page that needs no other file; of many clusters, the largest are shown."""
    with snapshot():
        yield _head(run).encode()
        yield _numbers(run, label_source).encode()
        yield _map(run, label_source).encode()
        for cluster in export_rows.filled_clusters(run, label_source)[:MAX_CLUSTERS]:
            yield _section(run, label_source, cluster).encode()
        yield _parameters(run).encode()


def _head(run: Run) -> str:
    title = escape(run.dataset.name)
    return f"{HEAD}<title>{title}</title><style>{STYLE}</style><h1>{title}</h1>\n"


def _numbers(run: Run, label_source: LabelSource) -> str:
    is_machine = label_source is LabelSource.MACHINE
    rows = [
        ("Run", run.title),
        ("Clusters", run.n_machine_clusters if is_machine else run.n_clusters),
        ("Outliers", run.n_machine_outliers if is_machine else run.n_outliers),
        *((part.name.capitalize(), part.n) for part in coverage(run.dataset).parts),
    ]
    if run.n_clusters > MAX_CLUSTERS:
        rows.append(("Shown below", f"the {MAX_CLUSTERS} largest clusters"))
    cells = "".join(
        f"<tr><th scope=row>{escape(str(name))}<td>{escape(str(value))}" for name, value in rows
    )
    return f"<table>{cells}</table>\n"


def _map(run: Run, label_source: LabelSource) -> str:
    points = map_points.point_columns(run, label_source, map_points.parts(run)[0])
    if not len(points.x):
        return ""
    image = Image.new("RGB", MAP_PX, "white")
    pen = ImageDraw.Draw(image)
    x, y = _scaled(points.x, MAP_PX[0]), MAP_PX[1] - _scaled(points.y, MAP_PX[1])
    for left, top, cluster in zip(x, y, points.clusters.tolist(), strict=True):
        box = (left - DOT_PX, top - DOT_PX, left + DOT_PX, top + DOT_PX)
        pen.ellipse(box, _colour(cluster))
    file = BytesIO()
    image.quantize(64).save(file, "PNG", optimize=True)
    data = _data_uri("image/png", file.getvalue())
    alt = "Logos by likeness, coloured by cluster"
    return f'<h2>Map</h2><img class=map src="{data}" alt="{alt}">\n'


def _scaled(values: np.ndarray, side: int) -> np.ndarray:
    low, high = float(values.min()), float(values.max())
    margin = 4 * DOT_PX
    return margin + (values - low) / max(high - low, 1e-9) * (side - 2 * margin)


def _colour(cluster: int) -> tuple[int, int, int]:
    """Return a colour of the cluster's place; outliers are grey."""
    if cluster < 0:
        return GREY
    hue = cluster * 0.381966 % 1.0  # the golden angle: neighbours in number differ most
    red, green, blue = (round(255 * part) for part in hsv_to_rgb(hue, 0.67, 0.75))
    return red, green, blue


def _section(run: Run, label_source: LabelSource, cluster: Cluster) -> str:
    size = cluster.size if label_source is LabelSource.MACHINE else cluster.n_members
    members = run.assignments.annotate(held=effective(label_source)).filter(held=cluster.pk)
    shown = members.order_by("-probability", "domain__name").values_list(
        "domain__name", "logo__sha256", "logo__ground"
    )
    tiles = "".join(_tile(*one) for one in shown[:LOGOS_PER_CLUSTER])
    more = f"<p>and {size - LOGOS_PER_CLUSTER:,} more" if size > LOGOS_PER_CLUSTER else ""
    unit = "domain" if size == 1 else "domains"
    return f"<h2>{escape(cluster.name)} · {size:,} {unit}</h2><ul>{tiles}</ul>{more}\n"


def _tile(domain: str, sha256: str, ground: str) -> str:
    made = thumbnail_picture(sha256, THUMBNAIL_PX)
    shown = f'<img src="{_data_uri("image/webp", made.content)}" alt="">' if made else ""
    return f"<li class={escape(ground)}>{shown}{escape(domain)}"


def _data_uri(media_type: str, data: bytes) -> str:
    return f"data:{media_type};base64,{b64encode(data).decode()}"


def _parameters(run: Run) -> str:
    values = {
        "embedder": run.embedder_key,
        "clusterer": {"name": run.clusterer, "params": run.clusterer_params},
        "projector": {"name": run.projector, "params": run.projector_params},
        "random_state": run.random_state,
        "versions": run.versions,
    }
    return f"<h2>Parameters</h2><pre>{escape(json.dumps(values, indent=2))}</pre></html>\n"
