"""Tasks are called by the tests, with separate folders."""

from pathlib import Path

import pytest
from pytest_django import Settings

from clustering import tasks


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    settings.MEDIA_ROOT = tmp_path / "media"
    for task in (tasks.advance, tasks.embed_ahead, *tasks.TASKS.values()):
        monkeypatch.setattr(task, "delay", lambda dataset_id: None)
