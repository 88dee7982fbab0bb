"""What administrators ask of the mail accounts of channels."""

from collections.abc import Callable
from typing import TypeVar, cast

from agent_desktop.domain.errors import InputError, Reason, Rejected
from sync.protocol.mail_accounts import (
    BeginMailGrant,
    DetectedMailAccount,
    DetectMailAccount,
    FinishMailGrant,
    MailGrantBegun,
    MailTest,
    SavedMailAccount,
    SaveMailAccount,
    TestMailAccount,
)
from sync.server.answering import Asker
from sync.server.call import Call
from sync.server.handlers.paths import id_in
from sync.server.mail.administration import MailAdministration
from sync.server.refusals import conflict, forbidden, not_found

T = TypeVar("T")


def read(call: Call) -> SavedMailAccount:
    """What is set up for a channel."""
    channel_id = id_in(call, "channel_id")
    return _asked(call, lambda server, asker: server.read(asker, channel_id))


def save(call: Call) -> SavedMailAccount:
    """Set an account up."""
    channel_id = id_in(call, "channel_id")
    return _asked(
        call, lambda server, asker: server.save(asker, channel_id, cast(SaveMailAccount, call.body))
    )


def remove(call: Call) -> None:
    """Forget an account."""
    channel_id = id_in(call, "channel_id")
    _asked(call, lambda server, asker: server.remove(asker, channel_id))


def test(call: Call) -> MailTest:
    """Try an account."""
    channel_id = id_in(call, "channel_id")
    return _asked(
        call, lambda server, asker: server.test(asker, channel_id, cast(TestMailAccount, call.body))
    )


def detect(call: Call) -> DetectedMailAccount:
    """The servers of an address."""
    wanted = cast(DetectMailAccount, call.body)
    return _asked(call, lambda server, asker: server.detect(asker, wanted))


def begin_grant(call: Call) -> MailGrantBegun:
    """Begin to ask a provider for access."""
    channel_id = id_in(call, "channel_id")
    wanted = cast(BeginMailGrant, call.body)
    return _asked(call, lambda server, asker: server.begin_grant(asker, channel_id, wanted))


def finish_grant(call: Call) -> SavedMailAccount:
    """Set an account up with what was granted."""
    channel_id = id_in(call, "channel_id")
    brought = cast(FinishMailGrant, call.body)
    return _asked(call, lambda server, asker: server.finish_grant(asker, channel_id, brought))


def _asked(call: Call, ask: Callable[[MailAdministration, Asker], T]) -> T:
    """Ask in the name of who is signed in. Raises a refusal in words."""
    session = call.session
    try:
        return ask(call.services.mail, Asker(session.user_id, session.device_id))
    except Rejected as error:
        if error.reason is Reason.FORBIDDEN:
            raise forbidden("Your role does not allow this.") from error
        raise not_found() from error
    except InputError as error:
        raise conflict(error.sentence) from error
