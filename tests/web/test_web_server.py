"""Hooks of the web server."""

import gc
import os
import sys
from pathlib import Path

import pytest

from logosite import web_server


def test_what_is_loaded_at_the_start_is_not_collected_again() -> None:
    try:
        web_server.post_worker_init(None)

        assert "clustering.views.gallery" in sys.modules
        n_left = len(gc.get_objects())
        assert gc.get_freeze_count() > 10 * n_left
    finally:
        gc.unfreeze()


def test_metrics_are_in_a_private_folder_that_does_not_outlast_the_server(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(web_server, "MEMORY", tmp_path)
    monkeypatch.setenv(web_server.METRICS, "")

    web_server.on_starting(None)
    (of_killed,) = tmp_path.iterdir()
    web_server.on_starting(None)
    (folder,) = tmp_path.iterdir()
    assert folder != of_killed
    assert os.environ[web_server.METRICS] == str(folder)
    assert folder.stat().st_mode & 0o777 == 0o700
    web_server.on_exit(None)

    assert list(tmp_path.iterdir()) == []
