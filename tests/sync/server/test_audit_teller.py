"""The end of the audit log is written to the log of the server once a day."""

import logging
from datetime import timedelta

import pytest

from agent_desktop.domain.operations.workspace import SaveTeam
from sync.server.audit_teller import AuditTeller
from sync.server.logs import FIELDS
from tests.sync.cluster import Cluster


def test_the_end_is_told_at_the_start_and_then_daily(
    cluster: Cluster, caplog: pytest.LogCaptureFixture
) -> None:
    store = cluster.backend.store
    teller = AuditTeller(cluster.database, store.audit, cluster.clock)
    heads = []
    with caplog.at_level(logging.INFO, "agent_desktop.server"):
        for hours in (0, 1, 22, 1, 30):
            cluster.clock.advance(timedelta(hours=hours))
            cluster.commit(SaveTeam(team_id=cluster.ids.new(), name="T"))
            with cluster.database.read() as connection:
                heads.append(str(store.audit.head(connection)))
            assert not teller.run()
    told = [getattr(record, FIELDS)["head"] for record in caplog.records if hasattr(record, FIELDS)]
    assert told == [heads[0], heads[3], heads[4]]
