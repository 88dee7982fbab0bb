"""The standard streams as every command counts on them, wherever it was started."""

import io
import os
import sys


def set_up() -> None:
    """See to it that there are streams, and that they take every character.

    A program that Windows starts with a window has none: it gets empty ones. What goes into a file or another program
    is UTF-8 on every system; what a terminal has no character for is shown by its number.
    """
    for name, mode in (("stdin", "r"), ("stdout", "w"), ("stderr", "w")):
        stream = getattr(sys, name)
        if stream is None:
            setattr(sys, name, open(os.devnull, mode, encoding="utf-8"))  # noqa: PTH123, SIM115 - for good
        elif mode == "w" and isinstance(stream, io.TextIOWrapper):
            encoding = None if stream.isatty() else "utf-8"
            stream.reconfigure(encoding=encoding, errors="backslashreplace")
