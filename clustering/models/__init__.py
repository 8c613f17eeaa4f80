"""Rows: what is recorded, and the rules that the database itself holds."""

from clustering.models.account import LoginFailure, LoginLink, User
from clustering.models.curation import Correction
from clustering.models.dataset import Dataset, Domain, Membership, RejectedRow
from clustering.models.logo import Capture, Embedding, Logo
from clustering.models.run import Answer, Assignment, Cluster, Run

__all__ = [
    "Answer",
    "Assignment",
    "Capture",
    "Cluster",
    "Correction",
    "Dataset",
    "Domain",
    "Embedding",
    "LoginFailure",
    "LoginLink",
    "Logo",
    "Membership",
    "RejectedRow",
    "Run",
    "User",
]
