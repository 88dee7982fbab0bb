"""The OpenAPI document says what the server does: a program made from it alone tries it."""

from collections.abc import Iterator
from http import HTTPStatus

import pytest
import schemathesis
from hypothesis import HealthCheck, Phase, settings
from schemathesis import Case
from schemathesis.checks import not_a_server_error
from schemathesis.specs.openapi.checks import (
    content_type_conformance,
    response_schema_conformance,
    status_code_conformance,
)

from agent_desktop.domain.permissions import Permission
from sync.server.limits import Limits, Rate
from sync.server.openapi import document
from sync.server.routes import ROUTES
from tests.factories import ADMIN
from tests.sync.files import TEMPLATES
from tests.sync.server.team import PATIENCE, Team, running

CHECKS = [
    not_a_server_error,
    status_code_conformance,
    content_type_conformance,
    response_schema_conformance,
]
STREAM = "/v1/sync/stream"
EXAMPLES = 25


@pytest.fixture(scope="module")
def team(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Team]:
    folder = tmp_path_factory.mktemp("openapi")
    generous = Limits(requests=Rate(1e6, 1e6), account_guesses=Rate(1e6, 1e6), address_guesses=Rate(1e6, 1e6))
    with running(TEMPLATES.server(folder / "server.db"), folder / "blobs", generous) as team:
        yield team


@pytest.fixture(scope="module")
def token(team: Team) -> str:
    return team.accounts.issue(ADMIN.id, "schemathesis").token


# A stream never ends, and signing out would end the tests: both have tests of their own.
api = schemathesis.openapi.from_dict(document()).exclude(path=[STREAM, "/v1/sign-out"])


@api.parametrize()
@settings(
    max_examples=EXAMPLES,
    deadline=None,
    phases=[Phase.explicit, Phase.generate],
    suppress_health_check=list(HealthCheck),
)
def test_the_server_keeps_what_its_document_promises(case: Case, team: Team, token: str) -> None:
    if case.query.get("wait"):
        case.query["wait"] = 0
    case.call_and_validate(
        base_url=team.address,
        headers={"Authorization": f"Bearer {token}"},
        timeout=PATIENCE,
        checks=CHECKS,
    )


def test_the_document_is_served(team: Team) -> None:
    assert team.caller(None).ask("GET", "/v1/openapi.json").json() == document()


def test_every_route_is_in_the_document_once_and_says_who_may() -> None:
    paths = document()["paths"]
    listed = {(method.upper(), path) for path, methods in paths.items() for method in methods}
    assert listed == {(route.method, route.path) for route in ROUTES}
    assert len(listed) == len(ROUTES)
    for route in ROUTES:
        operation = paths[route.path][route.method.lower()]
        assert bool(operation["security"]) == (not route.public)
        assert (str(HTTPStatus.UNAUTHORIZED.value) in operation["responses"]) == (
            not route.public or HTTPStatus.UNAUTHORIZED in route.others
        )
    names = [operation["operationId"] for methods in paths.values() for operation in methods.values()]
    assert len(set(names)) == len(names)


def test_only_these_are_open_to_strangers() -> None:
    assert {route.path for route in ROUTES if route.public} == {
        "/healthz",
        "/v1/sync/hello",
        "/v1/device/wiped",
        "/v1/sign-in",
        "/.well-known/oauth-authorization-server",
        "/invite",
        "/oauth/authorize",
        "/oauth/company",
        "/oauth/company/cb",
        "/oauth/done",
        "/oauth/revoke",
        "/oauth/token",
    }
    for route in ROUTES:
        assert route.permission is not Permission.SYSTEM
