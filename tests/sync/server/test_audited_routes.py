"""Every route that needs a right which not everybody has leaves one entry, or is listed as one that only looks."""

from collections.abc import Iterator
from pathlib import Path

import pytest

from agent_desktop.domain.audit import AuditAction
from agent_desktop.domain.operations import KINDS
from agent_desktop.domain.operations.customer import CreateCustomer
from agent_desktop.domain.permissions import Permission
from sync.protocol.administration import AuditPage, ErasurePreview, Invitation
from sync.server.auditing import AUDITED
from sync.server.routes import ROUTES
from tests.factories import ADMIN, ANNA, an_id
from tests.sync.files import TEMPLATES
from tests.sync.server.mailroom import hold
from tests.sync.server.team import Caller, Team, running

PRIVILEGED = frozenset(
    {
        Permission.USERS_MANAGE,
        Permission.ROLES_MANAGE,
        Permission.TEAMS_MANAGE,
        Permission.CHANNELS_MANAGE,
        Permission.DEVICES_MANAGE,
        Permission.WORKSPACE_MANAGE,
        Permission.RETENTION_MANAGE,
        Permission.EXPORT,
        Permission.CUSTOMER_EXPORT,
        Permission.CUSTOMER_ERASE,
        Permission.AUDIT_READ,
    }
)
KARL = an_id("karl the audited")
LOOKS = {
    "GET /v1/audit",
    "GET /v1/admin/devices",
    "GET /v1/admin/held",
    "GET /v1/admin/invitations",
    "GET /v1/admin/retention",
    "GET /v1/admin/rules",
}
"""What shows lists to those who keep them: an entry for each look would bury the rest."""
CHANGES_NOTHING = {
    "POST /v1/admin/mail/detect",
    "POST /v1/admin/channels/{channel_id}/mail/grant",
}
"""What only asks: the entry comes once something is set up with the answer."""
OF_MAIL = {
    "GET /v1/admin/channels/{channel_id}/mail",
    "PUT /v1/admin/channels/{channel_id}/mail",
    "DELETE /v1/admin/channels/{channel_id}/mail",
    "POST /v1/admin/channels/{channel_id}/mail/test",
    "POST /v1/admin/channels/{channel_id}/mail/grant/finish",
}
"""What needs mail servers: `test_post_office` and `test_mail_grants` look for their entries."""
LEAVES = {
    "POST /v1/audit/check": AuditAction.AUDIT_READ,
    "POST /v1/admin/devices/{device_id}/sign-out": AuditAction.DEVICE_SIGNED_OUT,
    "POST /v1/admin/devices/{device_id}/wipe": AuditAction.WIPE_REQUESTED,
    "GET /v1/admin/customers/{customer_id}/data": AuditAction.CUSTOMER_EXPORTED,
    "POST /v1/admin/customers/{customer_id}/erasure-preview": AuditAction.ERASURE_PREVIEWED,
    "POST /v1/admin/customers/{customer_id}/erasure": AuditAction.CUSTOMER_ERASED,
    "PUT /v1/admin/rules": AuditAction.RULE_CHANGED,
    "POST /v1/admin/invitations": AuditAction.INVITATION_MADE,
    "POST /v1/admin/invitations/{invitation_id}/withdraw": AuditAction.INVITATION_WITHDRAWN,
    "POST /v1/admin/held/{inbound_id}/release": AuditAction.MAIL_RELEASED,
    "POST /v1/admin/held/{inbound_id}/discard": AuditAction.MAIL_DISCARDED,
}


@pytest.fixture
def team(tmp_path: Path) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        team.backend.store.commit([CreateCustomer(customer_id=KARL, name="Karl")])
        yield team


def test_no_privileged_route_or_operation_is_missing_here() -> None:
    privileged = {f"{route.method} {route.path}" for route in ROUTES if route.permission in PRIVILEGED}
    assert privileged == LOOKS | CHANGES_NOTHING | OF_MAIL | set(LEAVES)
    assert {kind.name for kind in KINDS if kind.permission in PRIVILEGED} == set(AUDITED)


def numbers(team: Team) -> int:
    with team.database.read() as connection:
        return team.backend.store.audit.head(connection).count


def ask(team: Team, admin: Caller, route: str) -> int:
    """Ask it with everything that it needs, made before; how many entries were there then."""
    method, path = route.split(" ")
    body: dict[str, object] | None = None
    if "device_id" in path:
        team.accounts.issue(ANNA.id, "Laptop")
        with team.database.read() as connection:
            (device,) = connection.execute(
                "SELECT device_id FROM device WHERE user_id = ? ORDER BY device_id DESC LIMIT 1", (ANNA.id,)
            ).fetchone()
        path = path.replace("{device_id}", device)
    if path.endswith("/erasure"):
        preview = path.replace("/erasure", "/erasure-preview").replace("{customer_id}", KARL)
        body = {"token": admin.post(preview, {}, ErasurePreview).token}
    if path.endswith("/invitations") and method == "POST":
        body = {"user_id": ANNA.id}
    if method == "PUT":
        body = {"browser_only": True}
    if "invitation_id" in path:
        made = admin.post("/v1/admin/invitations", {"user_id": ANNA.id}, Invitation)
        path = path.replace("{invitation_id}", made.id)
    if "inbound_id" in path:
        path = path.replace("{inbound_id}", hold(team.database))
    before = numbers(team)
    answer = admin.ask(method, path.replace("{customer_id}", KARL), **({"json": body} if body else {}))
    assert answer.status_code in (200, 204), answer.text
    return before


@pytest.mark.parametrize("route", sorted(LEAVES))
def test_what_is_done_by_a_route_leaves_one_entry(team: Team, route: str) -> None:
    admin = team.client(ADMIN.id)
    before = ask(team, admin, route)
    page = admin.get("/v1/audit", AuditPage)
    new = [entry for entry in page.entries if entry.number > before]
    assert [(entry.action, entry.actor_id) for entry in new] == [(LEAVES[route], ADMIN.id)]
    assert new[0].device_id is not None, "and from which device"


@pytest.mark.parametrize("route", sorted(LOOKS))
def test_looking_at_lists_leaves_none(team: Team, route: str) -> None:
    admin = team.client(ADMIN.id)
    before = ask(team, admin, route)
    assert numbers(team) == before


@pytest.mark.parametrize("route", sorted(LOOKS | set(LEAVES)))
def test_whoever_may_not_changes_nothing(team: Team, route: str) -> None:
    method, path = route.split(" ")
    for name in ("device_id", "customer_id", "invitation_id", "inbound_id"):
        path = path.replace(f"{{{name}}}", KARL)
    agent = team.client(ANNA.id)
    before = numbers(team)
    body = {"token": "0" * 64} if path.endswith("/erasure") else {"user_id": ANNA.id}
    answer = agent.ask(method, path, **({"json": body} if method in ("POST", "PUT") else {}))
    assert answer.status_code == 403
    assert numbers(team) == before
