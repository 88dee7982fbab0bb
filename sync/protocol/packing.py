"""Unpacking what gzip packed, without trust in who did."""

import zlib

_GZIP = 16 + zlib.MAX_WBITS


class TooLargeError(ValueError):
    """What was packed is larger than what is taken."""


def unpacked(packed: bytes, most: int) -> bytes:
    """The content, up to `most` bytes. Raises TooLargeError for more, before all of it is in memory.

    Raises ValueError where it is cut, or something follows it.
    """
    unpacker = zlib.decompressobj(wbits=_GZIP)
    try:
        content = unpacker.decompress(packed, most + 1)
    except zlib.error as error:
        raise ValueError("not packed by gzip") from error
    if len(content) > most:
        raise TooLargeError(f"more than {most} bytes")
    if not unpacker.eof or unpacker.unused_data:
        raise ValueError("cut, or something follows")
    return content
