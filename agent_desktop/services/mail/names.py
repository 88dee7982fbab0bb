"""Makes names from outside safe to show and to save: display names, subjects and file names.

Cleaning comes before every check, so that nothing invisible can be cut out of a name after it was
judged harmless.
"""

import re
import unicodedata
from typing import Final

MAX_FILE_NAME_BYTES: Final = 200
"""File systems stop at 255 bytes or UTF-16 units; programs that copy like to add something."""

MAX_INPUT: Final = 2_000
"""Longer names are cut first: normalising thousands of combining marks is quadratic."""

# Characters that reorder or hide what is around them. The two zero-width joiners stay in text
# (emoji and Indic scripts need them), but not in file names.
_BIDI: Final = "\u061c\u200e\u200f\u202a-\u202e\u2066-\u2069"
_CONTROLS: Final = re.compile(r"[\x00-\x1f\x7f-\x9f\u2028\u2029]+")
_INVISIBLE: Final = re.compile(f"[{_BIDI}\u00ad\u180e\u200b\u2060-\u2064\ufeff\ufff9-\ufffb]+")
_BLANKS: Final = re.compile(" {2,}")
_SURROGATES: Final = re.compile("[\ud800-\udfff]")
_SEPARATORS: Final = re.compile("[/\\\\\u2044\u2215\u29f8\uff0f\uff3c]")
_UNSAFE_IN_FILE_NAME: Final = re.compile(r'[<>:"|?*%\u200c\u200d]')
_RESERVED: Final = re.compile(
    r"(?:con|prn|aux|nul|clock\$|conin\$|conout\$|com[0-9\u00b9\u00b2\u00b3]|lpt[0-9\u00b9\u00b2\u00b3])\s*(?:\.|$)",
    re.IGNORECASE,
)


def clean_line(text: str) -> str:
    """One line that shows as it is stored: no controls, no bidirectional or invisible characters.

    Line ends and tabs become a space. For subjects, display names and everything else that is
    shown on one line beside the program's own words.
    """
    if text.isascii() and text.isprintable():
        return (_BLANKS.sub(" ", text) if "  " in text else text).strip()
    text = _CONTROLS.sub(" ", _SURROGATES.sub("\ufffd", text))
    return _BLANKS.sub(" ", _INVISIBLE.sub("", text)).strip()


def clean_file_name(name: str, fallback: str = "attachment", most_bytes: int = MAX_FILE_NAME_BYTES) -> str:
    """A file name that is safe on Windows, macOS and Linux and looks like what it is.

    Drops folders, controls, direction marks (they hide the true extension), characters that some
    system refuses or expands (`%`), leading and trailing dots and blanks; avoids the device names
    of Windows and keeps the extension when it shortens. Cleaning a clean name changes nothing.
    """
    line = clean_line(name[:MAX_INPUT])
    line = _SEPARATORS.split(line)[-1]
    line = _UNSAFE_IN_FILE_NAME.sub("_", unicodedata.normalize("NFC", line))
    line = _shortened(line.lstrip(". ~-").rstrip(". "), most_bytes)
    if not re.search(r"\w", line):
        return fallback
    return f"_{line}" if _RESERVED.match(line) else line


def _shortened(name: str, most_bytes: int) -> str:
    if len(name.encode()) <= most_bytes:
        return name
    stem, dot, extension = name.rpartition(".")
    ending = f"{dot}{extension}" if stem and len(extension) <= 12 else ""
    start = (stem if ending else name).encode()[: most_bytes - len(ending.encode())]
    return (start.decode("utf-8", "ignore") + ending).rstrip(". ")
