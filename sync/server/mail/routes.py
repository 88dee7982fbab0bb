"""The routes of mail accounts. Those that wait for other servers have threads of their own."""

from collections.abc import Callable
from http import HTTPStatus

import msgspec
from starlette.responses import Response

from agent_desktop.domain.permissions import Permission
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
from sync.server.call import Call, Handler, answer, in_pool
from sync.server.handlers import mail
from sync.server.route import Route

_OF_CHANNEL = "/v1/admin/channels/{channel_id}/mail"
_OTHERS = (HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT)


def _outside(work: Callable[[Call], msgspec.Struct]) -> Handler:
    async def handle(call: Call) -> Response:
        return answer(call.request, await call.services.mail_workers.run(work, call))

    return handle


MAIL_ROUTES = (
    Route(
        method="GET",
        path=_OF_CHANNEL,
        permission=Permission.CHANNELS_MANAGE,
        summary="The mail account of a channel, without its secret",
        handle=in_pool(mail.read),
        answer=SavedMailAccount,
        others=_OTHERS,
    ),
    Route(
        method="PUT",
        path=_OF_CHANNEL,
        permission=Permission.CHANNELS_MANAGE,
        summary="Set the mail account of a channel up",
        handle=in_pool(mail.save),
        body=SaveMailAccount,
        answer=SavedMailAccount,
        others=_OTHERS,
    ),
    Route(
        method="DELETE",
        path=_OF_CHANNEL,
        permission=Permission.CHANNELS_MANAGE,
        summary="Forget the mail account of a channel",
        handle=in_pool(mail.remove),
        status=HTTPStatus.NO_CONTENT,
        others=_OTHERS,
    ),
    Route(
        method="POST",
        path=f"{_OF_CHANNEL}/test",
        permission=Permission.CHANNELS_MANAGE,
        summary="Try a mail account step by step",
        handle=_outside(mail.test),
        body=TestMailAccount,
        answer=MailTest,
        others=_OTHERS,
    ),
    Route(
        method="POST",
        path=f"{_OF_CHANNEL}/grant",
        permission=Permission.CHANNELS_MANAGE,
        summary="Begin to ask a provider for access to a mailbox",
        handle=in_pool(mail.begin_grant),
        body=BeginMailGrant,
        answer=MailGrantBegun,
        others=_OTHERS,
    ),
    Route(
        method="POST",
        path=f"{_OF_CHANNEL}/grant/finish",
        permission=Permission.CHANNELS_MANAGE,
        summary="Set a mail account up with what its provider granted",
        handle=_outside(mail.finish_grant),
        body=FinishMailGrant,
        answer=SavedMailAccount,
        others=_OTHERS,
    ),
    Route(
        method="POST",
        path="/v1/admin/mail/detect",
        permission=Permission.CHANNELS_MANAGE,
        summary="The mail servers of an address",
        handle=_outside(mail.detect),
        body=DetectMailAccount,
        answer=DetectedMailAccount,
        others=(HTTPStatus.CONFLICT,),
    ),
)
