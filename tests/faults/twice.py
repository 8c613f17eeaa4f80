"""Settings of a product that sends every message twice, at once."""

from typing import Any

from celery.app.task import Task

from logosite.settings import *  # noqa: F403

_send = Task.apply_async


def _send_twice(*arguments: Any, **options: Any) -> Any:
    _send(*arguments, **options)
    return _send(*arguments, **options)


Task.apply_async = _send_twice  # type: ignore[method-assign]  # of every process
