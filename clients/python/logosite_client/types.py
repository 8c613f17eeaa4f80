"""What the API answers."""

from typing import TypedDict


class Dataset(TypedDict):
    """A data set."""

    slug: str
    name: str
    kind: str
    intake: str
    role: str
    created_at: str
    n_rows: int
    n_duplicates: int
    n_rejected: int
    error_code: str
    error_detail: str


class Run(TypedDict):
    """A run."""

    slug: str
    title: str
    status: str
    created_at: str
    finished_at: str | None
    embedder: str
    clusterer: str
    n_assigned: int
    n_clusters: int
    n_outliers: int
    metrics: dict[str, object]
    error_code: str
    error_detail: str


class ClusterName(TypedDict):
    """A cluster in short."""

    uid: str
    name: str


class Cluster(ClusterName):
    """A cluster."""

    is_name_by_person: bool
    n_members: int
    cohesion: float | None


class BrandName(TypedDict):
    """A brand of a run."""

    uid: str
    name: str


class Item(TypedDict):
    """A domain, and its place in a run."""

    domain: str
    as_given: str
    status: str
    error_code: str
    is_in_run: bool
    cluster: ClusterName | None
    brand: BrandName | None
    is_reviewed: bool
    probability: float | None
    similarity: float | None


class Suggestion(TypedDict):
    """A cluster that an outlier may belong to."""

    cluster: ClusterName
    similarity: float
    probability: float


class Outlier(Item):
    """An outlier."""

    suggestions: list[Suggestion]


class Correction(TypedDict):
    """A correction that was made, or described by a dry run."""

    id: int
    verb: str
    text: str
    actor: str
    created_at: str
    version: int
    is_dry_run: bool


class Classification(TypedDict):
    """The answer about one logo."""

    id: int
    given: str
    status: str
    cluster: ClusterName | None
    confidence: float | None
    reason: str
    error_code: str
    error_detail: str
