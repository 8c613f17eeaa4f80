"""ZIPs of the pictures of a run: folders by cluster, and COCO."""

from collections.abc import Iterator
from contextlib import closing, suppress
from typing import Final

from clustering.models import LabelSource, Run
from clustering.pipeline import export
from clustering.pipeline.export import ExportItem
from clustering.pipeline.export_files import Member, zipped
from clustering.selectors import export_rows
from clustering.selectors.export_rows import Parts
from clustering.selectors.export_tables import picture_path
from clustering.selectors.streaming import snapshot
from clustering.services.file_store import store
from clustering.services.storage import logo_name

MANIFEST_COLUMNS: Final = (
    "path",
    "domain",
    "status",
    "cluster_number",
    "cluster_name",
    "logo_sha256",
)
README: Final = (
    "Each folder holds the logos of one cluster, named by domain; _outliers, _placeholders and "
    "_ignored hold the others. manifest.csv lists all files.\n"
    "FiftyOne reads the folder as an ImageClassificationDirectoryTree. Label Studio finds the "
    "pictures of label-studio.json if this folder is called clusters in its local files.\n"
)


def clusters_zip(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield a ZIP with one folder of pictures a cluster, and a manifest."""
    with snapshot():
        yield from zipped(_clusters(run, label_source))


def coco_zip(run: Run, label_source: LabelSource = LabelSource.CORRECTED) -> Parts:
    """Yield a ZIP of the distinct pictures and their COCO annotations.

    Each domain is an image with one box around all of it, in the category of its cluster.
    """
    with snapshot():
        yield from zipped(_coco(run, label_source))


def _clusters(run: Run, label_source: LabelSource) -> Iterator[Member]:
    yield Member("README.txt", [README.encode()])
    manifest = export.csv_table(MANIFEST_COLUMNS, _manifest(run, label_source))
    yield Member("manifest.csv", manifest)
    for item, cluster_name in _shown(run, label_source):
        path = picture_path(item, cluster_name)
        yield Member(path, _picture(item), is_compressed=False)


def _manifest(run: Run, label_source: LabelSource) -> Iterator[tuple[object, ...]]:
    for item, cluster_name in _shown(run, label_source):
        yield (
            picture_path(item, cluster_name),
            item.domain,
            item.status,
            "" if item.cluster_number is None else item.cluster_number,
            cluster_name,
            item.image.sha256 if item.image else "",
        )


def _shown(run: Run, label_source: LabelSource) -> Iterator[tuple[ExportItem, str]]:
    """Yield the domains with a picture, by name."""
    with closing(export_rows.items(run, label_source)) as items:
        yield from (one for one in items if one[0].image)


def _picture(item: ExportItem) -> Iterator[bytes]:
    """Yield the file of a logo; nothing if it is gone."""
    if item.image is None:
        return
    with suppress(FileNotFoundError):
        yield store().read(logo_name(item.image.sha256))


def _coco(run: Run, label_source: LabelSource) -> Iterator[Member]:
    yield Member("annotations.json", _annotations(run, label_source))
    seen: set[int] = set()
    for item, _ in _shown(run, label_source):
        sha256 = item.image.sha256 if item.image else ""
        key = int(sha256[:16], 16)
        if key not in seen:
            seen.add(key)
            yield Member(f"images/{sha256}.png", _picture(item), is_compressed=False)


def _annotations(run: Run, label_source: LabelSource) -> Iterator[bytes]:
    categories = (
        {"id": cluster.number + 1, "name": cluster.name, "supercategory": "logo"}
        for cluster in export_rows.clusters(run, label_source)
    )
    parts = {
        "categories": categories,
        "images": _images(run, label_source),
        "annotations": _boxes(run, label_source),
    }
    lead = b'{"info":{"description":"Logos by cluster"},"licenses":[]'
    for name, values in parts.items():
        yield lead + f',\n"{name}":[\n'.encode()
        yield from export.json_list(values)
        lead = b"]"
    yield b"]}\n"


def _images(run: Run, label_source: LabelSource) -> Iterator[dict[str, object]]:
    for number, (item, _) in enumerate(_shown(run, label_source), 1):
        if item.image:
            yield {
                "id": number,
                "file_name": f"{item.image.sha256}.png",
                "width": item.image.width,
                "height": item.image.height,
                "domain": item.domain,
            }


def _boxes(run: Run, label_source: LabelSource) -> Iterator[dict[str, object]]:
    for number, (item, _) in enumerate(_shown(run, label_source), 1):
        if item.image and item.cluster_number is not None and item.cluster_number >= 0:
            width, height = item.image.width, item.image.height
            yield {
                "id": number,
                "image_id": number,
                "category_id": item.cluster_number + 1,
                "bbox": [0, 0, width, height],
                "area": width * height,
                "iscrowd": 0,
            }
