"""Log lines with their context: the request, or the task and the work that it is about."""

import json
import logging
from collections.abc import Iterator
from contextlib import contextmanager
from contextvars import ContextVar
from datetime import UTC, datetime

_bound: ContextVar[dict[str, str] | None] = ContextVar("log_fields", default=None)


@contextmanager
def bound(**fields: str) -> Iterator[None]:
    """Add ``fields`` to the log lines of this thread inside the block."""
    token = _bound.set({**(_bound.get() or {}), **fields})
    try:
        yield
    finally:
        _bound.reset(token)


def fields() -> dict[str, str]:
    """Return the fields bound in this thread."""
    return dict(_bound.get() or {})


class JsonFormatter(logging.Formatter):
    """Formats each record as one line of JSON."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the record with time, level, logger, message and the bound fields."""
        line = {
            "time": datetime.fromtimestamp(record.created, UTC).isoformat(timespec="milliseconds"),
            "level": record.levelname,
            "logger": record.name,
            "message": record.getMessage(),
            **fields(),
        }
        if record.exc_info:
            line["exception"] = self.formatException(record.exc_info)
        return json.dumps(line, ensure_ascii=False)


class TextFormatter(logging.Formatter):
    """Formats each record as a line of text that ends with the bound fields."""

    def format(self, record: logging.LogRecord) -> str:
        """Return the formatted record."""
        line = super().format(record)
        found = " ".join(f"{name}={value}" for name, value in fields().items())
        return f"{line} [{found}]" if found else line
