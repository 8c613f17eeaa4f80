"""Pages of all users, for staff."""

from typing import Final

from django.db.models import Count, Q

from clustering.models import User
from clustering.selectors.pages import KeysetPage, Sort, keyset_page

USERS_PER_PAGE: Final = 100
BY_NAME: Final = (Sort("username"),)


def page(token: str) -> KeysetPage[User]:
    """Return a page of users by name, each with ``n_datasets``; no guests. Two queries."""
    users = User.objects.filter(is_guest=False)
    owned = Count("owned_datasets", filter=Q(owned_datasets__deleted_at=None))
    counted = users.annotate(n_datasets=owned)
    return keyset_page(counted, BY_NAME, token=token, size=USERS_PER_PAGE, count=users.count())
