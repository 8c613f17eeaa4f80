"""A client with a token, and a data set with a run."""

from typing import Any

import pytest
from django.test import Client

from clustering.models import ApiToken, Dataset, Run, User
from clustering.services import tokens
from tests.factories import make_dataset, make_domain, make_run


class ApiClient(Client):
    """Sends a bearer token."""

    def __init__(self, user: User, scope: ApiToken.Scope = ApiToken.Scope.ADMIN) -> None:
        self.token, self.secret = tokens.create(user, name="test", scope=scope)
        super().__init__(headers={"Authorization": f"Bearer {self.secret}"})

    def json(self, path: str, **query: Any) -> Any:
        """Return the content of an answer that succeeded."""
        response = self.get(f"/api/v1{path}", query)
        assert response.status_code == 200, response.content
        return response.json()


@pytest.fixture
def dataset(alice: User) -> Dataset:
    return make_dataset(alice)


@pytest.fixture
def run(dataset: Dataset) -> Run:
    make_domain(dataset, "failed.de")
    return make_run(dataset, {"A": ["a.de", "b.de", "c.de"], "B": ["d.de", "e.de"], "-": ["o.de"]})


@pytest.fixture
def client(alice: User) -> ApiClient:
    return ApiClient(alice)
