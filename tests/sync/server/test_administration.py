"""Administrators ask the server itself: what it answers, to whom, and what the audit log says of it."""

import json

import pytest

from agent_desktop.domain.audit import AuditAction, AuditEntry
from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.workspace import SaveTeam, SaveUser
from agent_desktop.domain.workspace import Role, User
from agent_desktop.services.administration import AuditWanted
from sync.client.administration import AdministrationClient
from sync.client.local_administration import LocalLine
from sync.server.answering import Asker
from sync.server.audit import AuditFilter
from tests.factories import ADMIN, ANNA, make_user
from tests.sync.cluster import Cluster

AUDITOR = make_user(name="Ada Audit", role=Role.AUDITOR)


def client(cluster: Cluster, user: User = ADMIN) -> AdministrationClient:
    return AdministrationClient(LocalLine(cluster.backend.administration, Asker(user.id, "my-device")))


def add_auditor(cluster: Cluster) -> None:
    assert cluster.commit(SaveUser(user_id=AUDITOR.id, name=AUDITOR.name, role=Role.AUDITOR))


def log(cluster: Cluster) -> list[AuditEntry]:
    with cluster.database.read() as connection:
        return cluster.backend.store.audit.page(connection, AuditFilter())


def test_auditors_read_the_log_page_by_page(cluster: Cluster) -> None:
    add_auditor(cluster)
    for number in range(4):
        cluster.commit(SaveTeam(team_id=f"team-{number}", name="T"))
    auditor = client(cluster, AUDITOR)
    part = auditor.audit(AuditWanted())
    assert [entry.number for entry in part.entries] == [5, 4, 3, 2, 1]
    assert part.head.count == 5
    assert not part.more
    assert [entry.number for entry in auditor.audit(AuditWanted(), before=3).entries] == [2, 1]
    teams = auditor.audit(AuditWanted(actions=(AuditAction.TEAM_SAVED,), about="team-2"))
    assert [entry.about for entry in teams.entries] == ["team-2"]


def test_whoever_looks_whether_the_log_is_whole_is_told_of_in_it(cluster: Cluster) -> None:
    add_auditor(cluster)
    verdict = client(cluster, AUDITOR).check_audit()
    assert verdict.wrong == ()
    entry = log(cluster)[0]
    assert (entry.action, entry.actor_id, entry.device_id) == ("audit.read", AUDITOR.id, "my-device")
    assert json.loads(entry.details) == {"wrong": 0}
    assert verdict.head.count == entry.number


@pytest.mark.parametrize("who", [ANNA.id, "nobody"])
def test_nobody_else_reads_it(cluster: Cluster, who: Id) -> None:
    asker = AdministrationClient(LocalLine(cluster.backend.administration, Asker(who)))
    for ask in (lambda: asker.audit(AuditWanted()), asker.check_audit):
        with pytest.raises(InputError, match="role"):
            ask()
    assert log(cluster) == []


def test_somebody_disabled_asks_in_vain(cluster: Cluster) -> None:
    add_auditor(cluster)
    cluster.commit(SaveUser(user_id=AUDITOR.id, name=AUDITOR.name, role=Role.AUDITOR, active=False))
    with pytest.raises(InputError, match="role"):
        client(cluster, AUDITOR).audit(AuditWanted())
