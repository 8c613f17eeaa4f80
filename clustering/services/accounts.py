"""Sign-in: the first administrator, one-time links, and throttling of password guesses."""

import fcntl
import hashlib
import unicodedata
from collections.abc import Iterator, Mapping
from contextlib import ExitStack, contextmanager
from typing import Any

from axes.handlers.database import AxesDatabaseHandler
from axes.utils import reset
from django.db.models import F, Sum
from sesame.backends import ModelBackend as SesameBackend
from sesame.utils import get_token

from clustering import conf
from clustering.models import User

FIRST_ADMINISTRATOR = "admin"
FAILURES_PER_NAME_AND_ADDRESS = 5  # AXES_FAILURE_LIMIT
FAILURES_PER_ADDRESS = 20  # offices share one address
FAILURES_PER_NAME = 50  # high, or attackers could lock users out; sign-in links still work
N_LOCKS = 64
SEPARATOR = "."  # in no sesame token


def has_anybody_signed_in() -> bool:
    """Whether any user has a password or has signed in."""
    if User.objects.filter(last_login__isnull=False).exists():
        return True
    return any(user.has_usable_password() for user in User.objects.only("password").iterator())


def first_administrator() -> User:
    """Return the oldest active administrator; create one without a password if there is none."""
    found = User.objects.filter(is_superuser=True, is_active=True).order_by("pk").first()
    return found or User.objects.create_superuser(FIRST_ADMINISTRATOR)


def create_login_link(user: User) -> str:
    """Return the token of a new link for ``user``; earlier links stop working."""
    User.objects.filter(pk=user.pk).update(login_link_serial=F("login_link_serial") + 1)
    user.refresh_from_db(fields=["login_link_serial"])
    serial = str(user.login_link_serial)
    return f"{serial}{SEPARATOR}{get_token(user, scope=_scope(serial))}"


def find_login_link_user(token: str) -> User | None:
    """Return the user of ``token``; None if it is unknown, used or expired."""
    serial, _, signed = token.partition(SEPARATOR)
    user = SesameBackend().authenticate(None, signed, scope=_scope(serial))
    if not isinstance(user, User) or str(user.login_link_serial) != serial:
        return None
    return user


def use_login_link(token: str) -> User | None:
    """Use up ``token`` and return its user; None if it is unknown, used or expired.

    A conditional UPDATE: a token works for only one of two concurrent requests.
    """
    user = find_login_link_user(token)
    if user is None:
        return None
    unused = User.objects.filter(pk=user.pk, login_link_serial=user.login_link_serial)
    return user if unused.update(login_link_serial=F("login_link_serial") + 1) else None


class SignInThrottle(AxesDatabaseHandler):  # type: ignore[misc]  # axes has no types
    """Separate limits for a name from one address, an address, and a name."""

    # In the order of AXES_LOCKOUT_PARAMETERS.
    limits = (FAILURES_PER_NAME_AND_ADDRESS, FAILURES_PER_ADDRESS, FAILURES_PER_NAME)

    def get_failures(self, request: Any, credentials: Mapping[str, str] | None = None) -> int:
        """Return the failures nearest to their limit, scaled to AXES_FAILURE_LIMIT."""
        found = self.get_user_attempts(request, credentials)
        totals = [rows.aggregate(n=Sum("failures_since_start"))["n"] or 0 for rows in found]
        return max(
            n * FAILURES_PER_NAME_AND_ADDRESS // limit
            for n, limit in zip(totals, self.limits, strict=True)
        )


def throttle_key(_request: object, credentials: Mapping[str, str] | None) -> str:
    """Return the hash of the user name in ``credentials``, folded as the sign-in form folds it.

    A hash, because people sometimes type their password into the name's field.
    """
    return _name_key((credentials or {}).get("username", ""))


def forget_failures(username: str, address: str) -> None:
    """Forget the failures of ``username`` from ``address``, after a correct password."""
    reset(ip=address, username=_name_key(username))


@contextmanager
def sign_in_turn(username: str, address: str) -> Iterator[None]:
    """Let one sign-in per address and per name run at a time.

    Parallel guesses would otherwise all pass the check before the first is counted. File locks
    work with either database and end with their process.
    """
    folder = conf.var_dir() / "locks"
    folder.mkdir(parents=True, exist_ok=True)
    with ExitStack() as stack:
        # Always in this order, so that two sign-ins cannot wait for each other.
        for kind, key in (("address", _sha256(address)), ("name", _name_key(username))):
            file = folder / f"sign-in-{kind}-{int(key, 16) % N_LOCKS}"
            fcntl.flock(stack.enter_context(file.open("wb")), fcntl.LOCK_EX)
        yield


def _scope(serial: str) -> str:
    return f"login-link-{serial}"


def _name_key(username: str) -> str:
    return _sha256(unicodedata.normalize("NFKC", username).strip().casefold())


def _sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
