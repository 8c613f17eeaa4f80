"""Data sets with their owners, signed in."""

import pytest
from django.test import Client

from clustering.models import Dataset
from tests.factories import make_dataset, make_user
from tests.web.pets import World, make_world


@pytest.fixture
def world(db: None) -> World:
    """A data set with two clusters and two outliers."""
    return make_world()


@pytest.fixture
def owner(client: Client, world: World) -> Client:
    """The owner of ``world``, signed in."""
    client.force_login(world.owner)
    return client


@pytest.fixture
def dataset(db: None) -> Dataset:
    """An empty data set."""
    return make_dataset(make_user())


@pytest.fixture
def dataset_owner(client: Client, dataset: Dataset) -> Client:
    """The owner of ``dataset``, signed in."""
    client.force_login(dataset.owner)
    return client
