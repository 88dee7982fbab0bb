"""The routes of the server as a table of records, from which the application and its OpenAPI document are made."""

from http import HTTPStatus

from agent_desktop.domain.permissions import Permission
from sync.protocol.administration import AuditCheck, AuditPage, AuditQuery, ManagedDevices
from sync.protocol.messages import (
    BlobRequest,
    BlobState,
    Digest,
    Hello,
    PresenceRequest,
    PullAnswer,
    PushAnswer,
    PushRequest,
    ScanAnswer,
)
from sync.server.call import in_pool
from sync.server.handlers import administration, exchange, files, listening, system
from sync.server.route import Raw, Route
from sync.server.sign_in_routes import SIGN_IN_ROUTES

BLOB = "/v1/blobs/{sha256}"
FILE_ANSWERS = (
    HTTPStatus.PARTIAL_CONTENT,
    HTTPStatus.NOT_MODIFIED,
    HTTPStatus.NOT_FOUND,
    HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE,
)
FILE_HEADERS = {
    "Range": "Which bytes, such as bytes=0-1023.",
    "If-None-Match": "The ETag of what is there already.",
}

ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/healthz",
        summary="Whether the server can do its work",
        handle=system.health,
        answer=Raw.JSON,
        public=True,
    ),
    Route(
        method="GET",
        path="/metrics",
        summary="Counters for Prometheus",
        handle=system.metrics,
        answer=Raw.TEXT,
        permission=Permission.METRICS_READ,
    ),
    Route(
        method="GET",
        path="/v1/sync/hello",
        summary="What the server is and understands",
        handle=in_pool(exchange.hello),
        answer=Hello,
        public=True,
    ),
    *SIGN_IN_ROUTES,
    Route(
        method="POST",
        path="/v1/sync/push",
        summary="Hand over operations",
        handle=in_pool(exchange.push),
        body=PushRequest,
        answer=PushAnswer,
    ),
    Route(
        method="GET",
        path="/v1/sync/pull",
        summary="Everything after a version",
        handle=exchange.pull,
        query=exchange.PullQuery,
        answer=PullAnswer,
    ),
    Route(
        method="GET",
        path="/v1/sync/scan",
        summary="A page of a first sync",
        handle=in_pool(exchange.scan),
        query=exchange.ScanQuery,
        answer=ScanAnswer,
    ),
    Route(
        method="GET",
        path="/v1/sync/digest",
        summary="What this user's replica should hold",
        handle=in_pool(exchange.digest),
        answer=Digest,
    ),
    Route(
        method="GET",
        path="/v1/sync/stream",
        summary="Server-sent events: delta, poke, presence, bye",
        handle=listening.listen,
        query=listening.StreamQuery,
        answer=Raw.STREAM,
    ),
    Route(
        method="POST",
        path="/v1/sync/presence",
        summary="Say what this user does in a conversation",
        handle=in_pool(listening.presence),
        body=PresenceRequest,
        status=HTTPStatus.NO_CONTENT,
        others=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/v1/blobs",
        summary="Announce a file, or ask how much of it is here",
        handle=in_pool(files.announce),
        body=BlobRequest,
        answer=BlobState,
    ),
    Route(
        method="PATCH",
        path=BLOB,
        summary="Send the next piece of a file",
        handle=files.send,
        body=Raw.BYTES,
        answer=BlobState,
        others=(HTTPStatus.NOT_FOUND,),
        headers={files.OFFSET: "Where in the file the piece belongs."},
    ),
    Route(
        method="GET",
        path=BLOB,
        summary="A file, or a piece of it",
        handle=files.fetch,
        answer=Raw.BYTES,
        others=FILE_ANSWERS,
        headers=FILE_HEADERS,
    ),
    Route(
        method="GET",
        path="/v1/audit",
        permission=Permission.AUDIT_READ,
        summary="The audit log, newest first",
        handle=in_pool(administration.audit),
        query=AuditQuery,
        answer=AuditPage,
    ),
    Route(
        method="POST",
        path="/v1/audit/check",
        permission=Permission.AUDIT_READ,
        summary="Whether the audit log is as it was written",
        handle=in_pool(administration.check_audit),
        answer=AuditCheck,
    ),
    Route(
        method="GET",
        path="/v1/admin/devices",
        permission=Permission.DEVICES_MANAGE,
        summary="Everybody's devices",
        handle=in_pool(administration.devices),
        answer=ManagedDevices,
    ),
    Route(
        method="POST",
        path="/v1/admin/devices/{device_id}/sign-out",
        permission=Permission.DEVICES_MANAGE,
        summary="Sign a device out",
        handle=in_pool(administration.sign_out_device),
        status=HTTPStatus.NO_CONTENT,
        others=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/v1/admin/devices/{device_id}/wipe",
        permission=Permission.DEVICES_MANAGE,
        summary="Ask a device to destroy what it holds",
        handle=in_pool(administration.wipe_device),
        status=HTTPStatus.NO_CONTENT,
        others=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="HEAD",
        path=BLOB,
        summary="Whether a file is there, and its size",
        handle=files.fetch,
        others=FILE_ANSWERS,
        headers=FILE_HEADERS,
    ),
)
