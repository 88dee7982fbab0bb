"""Sessions are remembered for a moment, and never beyond the end of what they were."""

import pytest

from sync.protocol.messages import DeviceFacts
from sync.server.sign_in.sessions import REMEMBERED_SECONDS, Sessions
from tests.factories import ANNA
from tests.sync.server.office import Office


def test_a_session_is_remembered_for_a_moment(office: Office) -> None:
    now = [100.0]
    sessions = Sessions(office.accounts, lambda: now[0])
    token = office.accounts.begin(ANNA.id, DeviceFacts(name="laptop"), method="password").token
    assert sessions.remembered(token) is None
    found = sessions.find(token)
    assert found is not None
    assert sessions.remembered(token) == found
    now[0] += REMEMBERED_SECONDS
    assert sessions.remembered(token) is None


def test_what_is_revoked_while_it_is_looked_for_is_not_remembered(
    office: Office, monkeypatch: pytest.MonkeyPatch
) -> None:
    sessions = Sessions(office.accounts, lambda: 100.0)
    token = office.accounts.begin(ANNA.id, DeviceFacts(name="laptop"), method="password").token
    look = office.accounts.session

    def look_and_be_late(token: str) -> object:
        found = look(token)
        office.accounts.sign_out_everywhere(ANNA.id)
        sessions.forget()
        return found

    monkeypatch.setattr(office.accounts, "session", look_and_be_late)
    assert sessions.find(token) is not None
    assert sessions.remembered(token) is None
