"""Fixtures of the pages of one run."""

import pytest
from django.test import Client

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
