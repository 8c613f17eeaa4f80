"""The files that a run can be exported as."""

from collections.abc import Callable, Collection, Generator, Iterator
from dataclasses import dataclass
from enum import Enum
from itertools import groupby

from clustering.models import LabelSource, Run
from clustering.selectors import export_edges, export_rows, export_tables
from clustering.selectors.curation_file import curation_json
from clustering.services.exports import pictures, report

Write = Callable[[Run, LabelSource], Generator[bytes, None, None]]
JSON, CSV, ZIP = "application/json", "text/csv; charset=utf-8", "application/zip"
JSON_LINES, PARQUET = "application/jsonl", "application/vnd.apache.parquet"
XLSX = "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet"
GROUPS = ("Clusters", "Spreadsheets", "Analysis", "Pictures and labelling tools")


class Unit(Enum):
    """What the entries of a file are."""

    CLUSTER = "cluster"
    DOMAIN = "domain"
    LOGO = "logo"
    DECISION = "decision"


@dataclass(frozen=True)
class Format:
    """A file format of exports."""

    group: str
    file: str
    title: str
    purpose: str
    media_type: str
    unit: Unit
    write: Write
    begin: Write | None = None
    """Writes some lines without reading the whole run; None without a preview."""

    @property
    def has_preview(self) -> bool:
        """For templates, which would call ``begin``."""
        return self.begin is not None


WritePicked = Callable[[Run, LabelSource, Collection[int]], Generator[bytes, None, None]]
PICKED: dict[str, tuple[str, WritePicked]] = {
    "csv": (CSV, export_rows.picked_csv),
    "jsonl": (JSON_LINES, export_tables.domains_jsonl),
    "parquet": (PARQUET, export_tables.domains_parquet),
}
"""Media type and writer of the selected domains, by the ending of the file."""
FORMATS = (
    Format(
        GROUPS[0],
        "clusters.json",
        "Clusters, plain",
        "Cluster number to domains; -1 holds the outliers.",
        JSON,
        Unit.CLUSTER,
        export_rows.clusters_json,
        export_rows.clusters_json,
    ),
    Format(
        GROUPS[0],
        "clusters.full.json",
        "Everything",
        "The run, its clusters, each domain's logo and all decisions; can be imported again.",
        JSON,
        Unit.DOMAIN,
        export_rows.full_json,
        export_rows.full_json,
    ),
    Format(
        GROUPS[0],
        "curation.json",
        "Decisions",
        "Merges, splits, moves, names, locks, notes and rules, to import elsewhere.",
        JSON,
        Unit.DECISION,
        curation_json,
        curation_json,
    ),
    Format(
        GROUPS[0],
        "report.html",
        "Report",
        "One page with numbers, map and clusters, to send by mail or to print.",
        "text/html; charset=utf-8",
        Unit.CLUSTER,
        report.report_html,
    ),
    Format(
        GROUPS[1],
        "domains.csv",
        "Table",
        "One row per row of the upload, with the other columns of each domain's first row, "
        "in UTF-8 as spreadsheets expect it.",
        CSV,
        Unit.DOMAIN,
        export_rows.domains_csv,
        export_rows.domains_csv_beginning,
    ),
    Format(
        GROUPS[1],
        "domains.semicolon.csv",
        "Table with semicolons",
        "The same, for a spreadsheet in a country with decimal commas.",
        CSV,
        Unit.DOMAIN,
        export_rows.domains_semicolon_csv,
    ),
    Format(
        GROUPS[1],
        "domains.xlsx",
        "Workbook",
        "The same, for Excel, LibreOffice and Google Sheets.",
        XLSX,
        Unit.DOMAIN,
        export_tables.domains_xlsx,
    ),
    Format(
        GROUPS[2],
        "domains.jsonl",
        "JSON Lines",
        "One object per domain with all its columns, for scripts and search engines.",
        JSON_LINES,
        Unit.DOMAIN,
        export_tables.domains_jsonl,
        export_tables.domains_jsonl_beginning,
    ),
    Format(
        GROUPS[2],
        "domains.parquet",
        "Parquet with vectors",
        "Domains with map positions, fingerprints and vectors, for pandas, DuckDB and "
        "Embedding Atlas.",
        PARQUET,
        Unit.DOMAIN,
        export_tables.domains_parquet,
    ),
    Format(
        GROUPS[2],
        "edges.parquet",
        "Pairs of similar logos",
        "Distance, tier, evidence and verdict of each pair, for Splink, Zingg and graphs.",
        PARQUET,
        Unit.LOGO,
        export_edges.edges_parquet,
    ),
    Format(
        GROUPS[2],
        "embeddings.npy",
        "Vectors",
        "A NumPy array with one unit vector per row; the next file names the rows.",
        "application/octet-stream",
        Unit.LOGO,
        export_tables.embeddings_npy,
    ),
    Format(
        GROUPS[2],
        "embeddings.ids.csv",
        "Rows of the vectors",
        "The domain and the logo of each vector.",
        CSV,
        Unit.LOGO,
        export_tables.embedding_ids_csv,
    ),
    Format(
        GROUPS[3],
        "clusters.zip",
        "Folders of pictures",
        "One folder per cluster, with a manifest; FiftyOne reads it as a directory tree.",
        ZIP,
        Unit.LOGO,
        pictures.clusters_zip,
    ),
    Format(
        GROUPS[3],
        "coco.zip",
        "COCO",
        "Pictures and annotations with one box per picture, for detectors and CVAT.",
        ZIP,
        Unit.LOGO,
        pictures.coco_zip,
    ),
    Format(
        GROUPS[3],
        "label-studio.json",
        "Label Studio tasks",
        "Pictures of the folders above, with their clusters as predictions.",
        JSON,
        Unit.LOGO,
        export_tables.label_studio_json,
    ),
)


def grouped() -> Iterator[tuple[str, list[Format]]]:
    """Yield the title of each group with its files."""
    for title, some in groupby(FORMATS, key=lambda one: one.group):
        yield title, list(some)
