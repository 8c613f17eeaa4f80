"""Generated requests for every operation: no server error, nothing that is not documented.

`pytest tests/api/test_generated_requests.py --api-cases 3000` sends that many in all.
"""

from collections.abc import Iterator
from functools import cache
from typing import Any

import pytest
import schemathesis
from django.core.signals import request_finished, request_started
from django.core.wsgi import get_wsgi_application
from django.db import close_old_connections, transaction
from hypothesis import HealthCheck, Phase, given, settings
from hypothesis import strategies as st
from schemathesis import checks
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from clustering.api.application import api
from clustering.models import Run
from tests.api.conftest import ApiClient

CHECKS = [
    checks.not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
OPERATIONS = [
    f"{method.upper()} {path}"
    for path, operations in api.get_openapi_schema(path_prefix="/api/v1/")["paths"].items()
    for method in operations
]


@cache
def schema() -> Any:
    """Return the schema as it is served, read once for all operations."""
    return schemathesis.openapi.from_wsgi("/api/v1/openapi.json", get_wsgi_application())


@pytest.fixture
def _open_connection() -> Iterator[None]:
    """Keep the test's transaction over requests, as Django's test client does."""
    for signal in (request_started, request_finished):
        signal.disconnect(close_old_connections)
    yield
    for signal in (request_started, request_finished):
        signal.connect(close_old_connections)


@pytest.mark.slow
@pytest.mark.usefixtures("_open_connection")
@pytest.mark.parametrize("operation", OPERATIONS)
def test_an_operation_answers_as_documented(
    client: ApiClient, run: Run, operation: str, request: pytest.FixtureRequest
) -> None:
    n_cases = max(1, request.config.getoption("api_cases") // len(OPERATIONS))
    method, path = operation.split()
    cases = schema()[path][method].as_strategy()
    real: dict[str, Any] = {
        "slug": run.dataset.slug,
        "run": run.slug,
        "uid": str(run.clusters.all()[0].uid),
        "domain": "a.de",
        "file": "domains.csv",
    }

    @settings(
        max_examples=n_cases,
        deadline=None,
        database=None,
        derandomize=True,
        phases=[Phase.generate],
        suppress_health_check=list(HealthCheck),
    )
    @given(case=cases, known=st.booleans())
    def send(case: Any, known: bool) -> None:  # noqa: FBT001  # from hypothesis
        if known:  # a data set that is there, with whatever else was generated
            names = case.path_parameters or {}
            case.path_parameters = {name: real.get(name, value) for name, value in names.items()}
        with transaction.atomic():
            case.call_and_validate(
                headers={"Authorization": f"Bearer {client.secret}"}, checks=CHECKS
            )
            transaction.set_rollback(True)

    send()
