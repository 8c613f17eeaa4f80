"""What the API shows of data sets, runs, clusters and domains."""

from datetime import datetime
from uuid import UUID

from ninja import Field, Schema

from clustering.models import Assignment, Cluster, Domain, LabelSource, Logo
from clustering.selectors import gallery
from clustering.selectors.similarity import SuggestedCluster

UNKNOWN_SIMILARITY = -0.999


class UserShown(Schema):
    username: str
    name: str


class Me(UserShown):
    """The user and the scope of the token."""

    token: str = Field(description="name of the token")
    scope: str


class DatasetShown(Schema):
    slug: str
    name: str
    kind: str
    intake: str = Field(description="received, ready, importing, imported or refused")
    role: str = Field(description="of the token's user: viewer, editor or owner")
    created_at: datetime
    source_name: str
    n_rows: int
    n_duplicates: int
    n_rejected: int
    error_code: str
    error_detail: str


class DatasetDetail(DatasetShown):
    n_domains: dict[str, int] = Field(description="by status: pending, found, failed, ignored")


class Member(UserShown):
    role: str


class RunShown(Schema):
    slug: str
    title: str
    status: str
    step: str
    created_at: datetime
    finished_at: datetime | None
    embedder: str
    clusterer: str
    clusterer_params: dict[str, object]
    projector: str
    n_assigned: int
    n_clusters: int = Field(description="as corrected")
    n_outliers: int = Field(description="as corrected")
    metrics: dict[str, object]
    error_code: str
    error_detail: str


class LogoShown(Schema):
    sha256: str
    url: str = Field(description="of the image, for browsers that are signed in")
    width: int
    height: int

    @classmethod
    def of(cls, logo: Logo) -> "LogoShown":
        return cls(
            sha256=logo.sha256,
            url=f"/logos/{logo.sha256}.png",
            width=logo.width,
            height=logo.height,
        )


class ClusterShown(Schema):
    uid: UUID
    name: str
    is_name_by_person: bool
    n_members: int
    cohesion: float | None
    medoid: LogoShown | None

    @classmethod
    def of(cls, cluster: Cluster, labels: LabelSource) -> "ClusterShown":
        return cls(
            uid=cluster.uid,
            name=cluster.name,
            is_name_by_person=cluster.name_source == Cluster.NameSource.HUMAN,
            n_members=gallery.size_of(cluster, labels),
            cohesion=cluster.cohesion,
            medoid=LogoShown.of(cluster.medoid) if cluster.medoid else None,
        )


class ClusterName(Schema):
    uid: UUID
    name: str


class BrandName(Schema):
    uid: UUID
    name: str


class Item(Schema):
    """A domain, and its place in the run if it has a logo there."""

    domain: str
    as_given: str
    status: str
    error_code: str
    is_in_run: bool
    cluster: ClusterName | None = Field(description="null: an outlier, or not in the run")
    brand: BrandName | None = Field(description="null: an outlier of no brand, or not in the run")
    is_reviewed: bool = Field(description="a person decided where it belongs")
    probability: float | None
    similarity: float | None = Field(description="cosine to the medoid of the cluster")
    x: float | None
    y: float | None
    logo: LogoShown | None
    words: str = Field(description="read in the logo; may be empty")

    @classmethod
    def of(cls, domain: Domain, row: Assignment | None, cluster: Cluster | None) -> "Item":
        is_known = row is not None and row.similarity > UNKNOWN_SIMILARITY
        brand = cluster.brand if cluster else row and row.brand
        read = getattr(row.logo, "words", None) if row else None
        return cls(
            domain=domain.name,
            as_given=domain.as_given,
            status=domain.status,
            error_code=domain.error_code,
            is_in_run=row is not None,
            cluster=ClusterName(uid=cluster.uid, name=cluster.name) if cluster else None,
            brand=BrandName(uid=brand.uid, name=brand.shown_name) if brand else None,
            is_reviewed=row is not None and row.reviewed_at is not None,
            probability=row.probability if row else None,
            similarity=row.similarity if row and is_known else None,
            x=row.x if row else None,
            y=row.y if row else None,
            logo=LogoShown.of(row.logo) if row else None,
            words=read.shown if read else "",
        )


class SuggestionShown(Schema):
    cluster: ClusterName
    similarity: float
    probability: float = Field(description="that the logo belongs to the cluster's brand")
    shared_word: str

    @classmethod
    def of(cls, found: SuggestedCluster) -> "SuggestionShown":
        return cls(
            cluster=ClusterName(uid=found.cluster.uid, name=found.cluster.name),
            similarity=found.score,
            probability=found.probability,
            shared_word=found.word,
        )


class OutlierShown(Item):
    suggestions: list[SuggestionShown] = Field(description="best first")


class ExportShown(Schema):
    file: str
    title: str
    purpose: str
    media_type: str
