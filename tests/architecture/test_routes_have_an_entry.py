"""The table of the route matrix has every page, file and API route."""

from tests.web import routes


def test_every_route_has_an_entry() -> None:
    in_pages, in_api = routes.known_routes()

    assert in_pages == set(routes.pages())
    assert in_api == set(routes.api()) | routes.API_FOR_EVERYBODY
