"""What tests of the fetch stage share."""

from pathlib import Path

import pytest
from pytest_django import Settings

from clustering.models import Dataset
from tests.factories import make_dataset, make_user


@pytest.fixture(autouse=True)
def _own_files(settings: Settings, tmp_path: Path) -> None:
    settings.MEDIA_ROOT = tmp_path


@pytest.fixture
def dataset() -> Dataset:
    """An empty data set of Alice."""
    return make_dataset(make_user())
