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


class Hit(Item):
    """A domain that was found."""

    score: float | None


class Found(TypedDict):
    """What a search found."""

    clusters: list[Cluster]
    items: list[Hit]
    n_items: int
    others: list[str]


class ReviewItem(TypedDict):
    """A question of the review queue."""

    id: int
    kind: str
    reason: str
    score: float
    n_open: int
    domains: list[str]
    clusters: list[ClusterName]
    suggestions: list[Suggestion]


class Rule(TypedDict):
    """A rule about two domains: same or different."""

    kind: str
    first: str
    second: str
    decided_by: str
    decided_at: str


class Link(TypedDict):
    """A step of a chain of nearest neighbours."""

    first: str
    second: str
    cosine: float | None
    is_weakest: bool


class Why(TypedDict):
    """The evidence about two domains."""

    is_together: bool
    tier: str
    is_same_file: bool
    is_copy: bool
    hash_distance: int
    cosine: float | None
    percentile: float | None
    word: str
    read: list[str]
    rule: str | None
    rules: list[tuple[str, str]]
    chain: list[Link]


class Made(TypedDict):
    """A correction."""

    id: int
    verb: str
    text: str
    actor: str
    created_at: str


class Correction(Made):
    """A correction that was made just now, or described by a dry run."""

    version: int
    is_dry_run: bool


class Export(TypedDict):
    """A file that a run is exported as."""

    file: str
    title: str
    purpose: str
    media_type: str


class Person(TypedDict):
    """A member of a data set."""

    username: str
    name: str
    role: str


class Me(TypedDict):
    """The user and the scope of the token."""

    username: str
    name: str
    token: str
    scope: str


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
