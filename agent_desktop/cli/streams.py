"""The standard streams as every command counts on them, wherever it was started."""

import io
import os
import sys
from typing import Final

# What commands a terminal (ECMA-48), and what turns a line round; never what we print ourselves.
_COMMANDING: Final = {
    code: "\ufffd"
    for code in (*range(0x20), *range(0x7F, 0xA0), *range(0x202A, 0x202F), *range(0x2066, 0x206A))
    if chr(code) not in "\n\r\t"
}


class Terminal(io.TextIOWrapper):
    """A terminal that shows what is printed and does nothing else that it says: subjects of mails, names of devices and
    people are texts of others, who may be anybody.
    """

    def __init__(self, stream: io.TextIOWrapper) -> None:
        stream.flush()
        super().__init__(
            stream.buffer,
            stream.encoding,
            "backslashreplace",
            line_buffering=stream.line_buffering,
            write_through=stream.write_through,
        )
        self._stream = stream  # with its end what both write to would be closed

    def write(self, text: str, /) -> int:
        """Print a text."""
        super().write(text.translate(_COMMANDING))
        return len(text)


def set_up() -> None:
    """See to it that there are streams, and that they take every character.

    A program that Windows starts with a window has none: it gets empty ones. What goes into a file or another program
    is UTF-8 on every system; what a terminal has no character for is shown by its number, and nothing commands it.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for good
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            if stream.isatty():
                setattr(sys, name, Terminal(stream))
            else:
                stream.reconfigure(encoding="utf-8", errors="backslashreplace")
