"""What tests of the fetch stage share."""

import pytest

from clustering.models import Dataset
from tests.factories import make_dataset, make_user


@pytest.fixture
def dataset() -> Dataset:
    """An empty data set of Alice."""
    return make_dataset(make_user())
