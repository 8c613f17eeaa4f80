"""Data sets, their members, and the token's user."""

from django.db.models import QuerySet
from ninja import Router

from clustering.api.access import ApiRequest
from clustering.api.paging import Page, Paging, page_of
from clustering.api.schemas import DatasetDetail, DatasetShown, Me, Member
from clustering.models import Dataset, Membership
from clustering.selectors.pages import Sort
from clustering.selectors.progress import n_by_status
from clustering.views.access import get_dataset

NEWEST_FIRST = (Sort("pk", is_descending=True),)
BY_USER = (Sort("user__username"), Sort("pk"))

router = Router(tags=["Data sets"])


@router.get("/me", response=Me)
def me(request: ApiRequest) -> Me:
    """Show the token's user."""
    user, token = request.user, request.token
    name = user.get_full_name()
    return Me(username=user.username, name=name, token=token.name, scope=token.scope)


@router.get("/datasets", response=Page[DatasetShown])
def datasets(request: ApiRequest, page: Paging) -> Page[DatasetShown]:
    """List the data sets of the token's user, newest first."""
    rows = Dataset.objects.for_user(request.user)
    return page_of(rows, NEWEST_FIRST, page, DatasetShown.from_orm)


@router.get("/datasets/{slug}", response=DatasetDetail)
def dataset(request: ApiRequest, slug: str) -> DatasetDetail:
    """Show a data set."""
    found = get_dataset(request, slug)
    shown = DatasetShown.from_orm(found).dict()
    return DatasetDetail(**shown, n_domains=dict(n_by_status(found)))


@router.get("/datasets/{slug}/members", response=Page[Member])
def dataset_members(request: ApiRequest, slug: str, page: Paging) -> Page[Member]:
    """List the members of a data set by user name."""
    rows: QuerySet[Membership] = get_dataset(request, slug).memberships.select_related("user")
    return page_of(rows.filter(user__is_guest=False), BY_USER, page, _member)


def _member(membership: Membership) -> Member:
    user = membership.user
    return Member(username=user.username, name=user.get_full_name(), role=membership.role)
