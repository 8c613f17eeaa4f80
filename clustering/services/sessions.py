"""Sessions in the database, each with its user: the SESSION_ENGINE."""

from collections.abc import Mapping
from typing import Any

from django.contrib.auth import SESSION_KEY
from django.contrib.sessions.backends.db import SessionStore as DatabaseStore
from django.utils import timezone
from django.utils.dateparse import parse_datetime

from clustering.models import User, UserSession

USER_AGENT = "user_agent"
SIGNED_IN_AT = "signed_in_at"


class SessionStore(DatabaseStore):
    """Writes the user of a session into a column."""

    @classmethod
    def get_model_class(cls) -> type[UserSession]:
        """Return the model that Django stores sessions in."""
        return UserSession

    def create_model_instance(self, data: Mapping[str, Any]) -> UserSession:
        """Return the row of a session with ``data``."""
        session: Any = super().create_model_instance(dict(data))
        session.user_id = data.get(SESSION_KEY)
        session.user_agent = data.get(USER_AGENT, "")
        session.signed_in_at = parse_datetime(data.get(SIGNED_IN_AT, ""))
        row: UserSession = session
        return row


def describe(session: Any, user_agent: str) -> None:
    """Note in a session that has just signed in when and with what browser."""
    session[USER_AGENT] = user_agent[:200]
    session[SIGNED_IN_AT] = timezone.now().isoformat()


def end_others(user: User, session_key: str | None) -> int:
    """End all sessions of ``user`` but one; return how many. One write."""
    return user.sessions.exclude(session_key=session_key).delete()[0]


def forget_old() -> None:
    """Delete expired sessions. One write."""
    SessionStore.clear_expired()
