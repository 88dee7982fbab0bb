"""Reads bodies: bounded in size and time, unpacked with a cap, decoded strictly."""

import asyncio
from collections.abc import AsyncIterator
from http import HTTPStatus
from typing import TypeVar

import msgspec
from starlette.requests import Request

from sync.protocol.packing import TooLargeError, unpacked
from sync.server.limits import Limits
from sync.server.refusals import Refusal, invalid, malformed, too_large

T = TypeVar("T", bound=msgspec.Struct)


async def pieces(request: Request, limit: int, seconds: float) -> AsyncIterator[bytes]:
    """The body as it comes, up to `limit` bytes. Raises a refusal for a larger or too slow one."""
    announced = request.headers.get("content-length", "")
    if announced.isdecimal() and int(announced) > limit:
        raise _too_large(limit)
    stream, read = request.stream(), 0
    deadline = asyncio.get_running_loop().time() + seconds
    while True:
        try:
            async with asyncio.timeout_at(deadline):
                piece = await anext(stream, None)
        except TimeoutError as error:
            raise Refusal(
                HTTPStatus.REQUEST_TIMEOUT,
                "too_slow",
                "The request took too long to arrive. It is sent again.",
            ) from error
        if piece is None:
            return
        read += len(piece)
        if read > limit:
            raise _too_large(limit)
        yield piece


def _too_large(limit: int) -> Refusal:
    return too_large(f"The server takes {limit:,} bytes at once.")


async def read_struct(request: Request, kind: type[T], limits: Limits) -> T:
    """The JSON body as a value of a type."""
    media_type = request.headers.get("content-type", "application/json").partition(";")[0].strip().lower()
    if media_type != "application/json":
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type", "The body must be JSON.")
    packing = request.headers.get("content-encoding", "identity").strip().lower()
    if packing not in ("identity", "gzip"):
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "packing", "The body may be packed by gzip alone.")
    read = [piece async for piece in pieces(request, limits.body, limits.body_seconds)]
    content = b"".join(read)
    return decode(_unpacked(content, limits.body) if packing == "gzip" else content, kind)


def _unpacked(content: bytes, limit: int) -> bytes:
    try:
        return unpacked(content, limit)
    except TooLargeError as error:
        raise _too_large(limit) from error
    except ValueError as error:
        raise malformed("The body is not what its Content-Encoding says, or it is cut.") from error


def decode(body: bytes, kind: type[T]) -> T:
    """Strictly: what is not of the type is refused, and told by the place, not by its content."""
    try:
        return msgspec.json.decode(body, type=kind)
    except msgspec.ValidationError as error:
        raise invalid(_place(error)) from error
    except (msgspec.DecodeError, UnicodeDecodeError, RecursionError) as error:
        raise malformed() from error


def convert(query: dict[str, str], kind: type[T]) -> T:
    """Query parameters as a value of a type."""
    try:
        return msgspec.convert(query, kind, strict=False)
    except msgspec.ValidationError as error:
        raise invalid(_place(error)) from error


def _place(error: msgspec.ValidationError) -> str:
    """What msgspec says, without the values that it quotes."""
    words = str(error)
    _, found, place = words.rpartition(" - at `")
    return (
        f"{place.rstrip('`')}: not of the expected kind" if found else "a field is missing or of another kind"
    )
