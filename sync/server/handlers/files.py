"""Files of attachments: announced, sent in pieces, read in pieces."""

import os
import re
from collections.abc import AsyncIterator
from http import HTTPStatus
from pathlib import Path
from typing import cast

from starlette.responses import Response, StreamingResponse

from sync.protocol.messages import BlobRequest, BlobState
from sync.server.body import pieces
from sync.server.call import Call, answer
from sync.server.refusals import Refusal, invalid, not_found

OFFSET = "Upload-Offset"
_BYTES = "application/octet-stream"
_PIECE = 256 * 1024
_RANGE = re.compile(r"bytes=(\d{0,18})-(\d{0,18})", re.ASCII)
_LARGEST_OFFSET = 2**53


def announce(call: Call) -> BlobState:
    """How much of a file need not be sent."""
    request = cast(BlobRequest, call.body)
    return call.services.intake.begin(call.session.user_id, request.sha256, request.size)


async def send(call: Call) -> Response:
    """Take the next piece of a file. It is written as it arrives: a cut costs what was on the way."""
    text = call.request.headers.get(OFFSET, "")
    if not re.fullmatch(r"[0-9]{1,16}", text, re.ASCII) or int(text) > _LARGEST_OFFSET:
        raise invalid(f"{OFFSET}: a whole number is expected")
    services, user_id = call.services, call.session.user_id
    sha256, offset = call.request.path_params["sha256"], int(text)
    waiting = bytearray()

    async def write() -> BlobState:
        written = bytes(waiting)
        waiting.clear()
        return await services.workers.run(services.intake.append, user_id, sha256, offset, written)

    async for piece in pieces(call.request, services.limits.chunk, services.limits.body_seconds):
        waiting += piece
        if len(waiting) >= _PIECE:
            size = len(waiting)
            await write()
            offset += size
    state = await write()
    response = answer(call.request, state)
    response.headers[OFFSET] = str(state.offset)
    return response


async def fetch(call: Call) -> Response:
    """A file, or the piece of it that Range names."""
    sha256 = call.request.path_params["sha256"]
    path, size = await call.services.workers.run(_readable, call, sha256)
    headers = {
        "Accept-Ranges": "bytes",
        "Cache-Control": "private, max-age=31536000, immutable",
        "Content-Disposition": "attachment",
        "ETag": f'"{sha256}"',
        "X-Content-Type-Options": "nosniff",
    }
    if call.request.headers.get("if-none-match") == headers["ETag"]:
        return Response(status_code=HTTPStatus.NOT_MODIFIED, headers=headers)
    first, last, status = 0, size - 1, HTTPStatus.OK
    wanted = _wanted(call.request.headers.get("range"), size)
    if wanted is not None:
        (first, last), status = wanted, HTTPStatus.PARTIAL_CONTENT
        headers["Content-Range"] = f"bytes {first}-{last}/{size}"
    headers["Content-Length"] = str(last - first + 1)
    if call.request.method == "HEAD":
        return Response(status_code=status, headers=headers, media_type=_BYTES)
    content = _pieces(call, path, first, last - first + 1)
    return StreamingResponse(content, status, headers, _BYTES)


def _readable(call: Call, sha256: str) -> tuple[Path, int]:
    services = call.services
    path = services.uploads.path(sha256)
    if not services.access.may_read(sha256, call.session.user_id):
        raise not_found("This file is not on the server.")
    return path, path.stat().st_size


def _wanted(header: str | None, size: int) -> tuple[int, int] | None:
    """First and last byte; None for the whole file, as for several ranges at once, which nobody here asks for.

    Raises a refusal for a range beyond the end.
    """
    match = _RANGE.fullmatch(header.strip()) if header else None
    if match is None or match.groups() == ("", ""):
        return None
    if match[1]:
        first = int(match[1])
        last = min(int(match[2]), size - 1) if match[2] else size - 1
    else:
        first, last = max(0, size - int(match[2])), size - 1
    if match[2] and match[1] and int(match[2]) < int(match[1]):
        return None
    if first > last:
        raise Refusal(HTTPStatus.REQUESTED_RANGE_NOT_SATISFIABLE, "range", f"The file has {size:,} bytes.")
    return first, last


async def _pieces(call: Call, path: Path, offset: int, length: int) -> AsyncIterator[bytes]:
    handle = await call.services.workers.run(os.open, path, os.O_RDONLY | getattr(os, "O_BINARY", 0))
    try:
        while length:
            piece = await call.services.workers.run(_read, handle, offset, min(_PIECE, length))
            if not piece:
                raise OSError("the file is shorter than it was")
            offset, length = offset + len(piece), length - len(piece)
            yield piece
    finally:
        os.close(handle)


def _read(handle: int, offset: int, length: int) -> bytes:
    os.lseek(handle, offset, os.SEEK_SET)
    return os.read(handle, length)
