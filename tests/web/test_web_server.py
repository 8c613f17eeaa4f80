"""Hooks of the web server."""

import gc
import sys

from logosite import web_server


def test_what_is_loaded_at_the_start_is_not_collected_again() -> None:
    try:
        web_server.post_worker_init(None)

        assert "clustering.views.gallery" in sys.modules
        n_left = len(gc.get_objects())
        assert gc.get_freeze_count() > 10 * n_left
    finally:
        gc.unfreeze()
