"""Database models and their constraints."""

from clustering.models import lookups  # noqa: F401 # registers them
from clustering.models.account import User, UserSession
from clustering.models.audit import AuditEvent
from clustering.models.brand import Brand, BrandLink
from clustering.models.choice import LogoChoice, Lookup
from clustering.models.classification import Classification
from clustering.models.curation import Correction, Note, PairRule
from clustering.models.dataset import Dataset, Membership, Team
from clustering.models.domain import Domain, DomainCount, RejectedRow
from clustering.models.logo import Capture, Embedding, Logo
from clustering.models.neighbourhood import Neighbourhood
from clustering.models.quality import (
    BrandLabel,
    Judgement,
    LabelSet,
    QualityReport,
    ReviewPair,
)
from clustering.models.review import ReviewCount, ReviewItem, ReviewSubject
from clustering.models.run import Assignment, Cluster, LabelSource, Run
from clustering.models.sharing import Invitation, ShareLink
from clustering.models.suggestion import Suggestion
from clustering.models.team import TeamMember
from clustering.models.token import ApiToken
from clustering.models.tuning import Tuning
from clustering.models.webhook import Delivery, Webhook
from clustering.models.words import LogoWords, WordReading

__all__ = [
    "ApiToken",
    "Assignment",
    "AuditEvent",
    "Brand",
    "BrandLabel",
    "BrandLink",
    "Capture",
    "Classification",
    "Cluster",
    "Correction",
    "Dataset",
    "Delivery",
    "Domain",
    "DomainCount",
    "Embedding",
    "Invitation",
    "Judgement",
    "LabelSet",
    "LabelSource",
    "Logo",
    "LogoChoice",
    "LogoWords",
    "Lookup",
    "Membership",
    "Neighbourhood",
    "Note",
    "PairRule",
    "QualityReport",
    "RejectedRow",
    "ReviewCount",
    "ReviewItem",
    "ReviewPair",
    "ReviewSubject",
    "Run",
    "ShareLink",
    "Suggestion",
    "Team",
    "TeamMember",
    "Tuning",
    "User",
    "UserSession",
    "Webhook",
    "WordReading",
]
