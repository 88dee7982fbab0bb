"""The media type of a file by its name: the same on every computer, whatever other programs have told the system.

The standard library asks the registry of Windows, where a program for tables may have noted that text with commas is
its own, and lists of the system elsewhere, where that knows no documents at all.
"""

import mimetypes
from functools import cache
from typing import Final

UNKNOWN: Final = "application/octet-stream"
_OFFICE: Final = "application/vnd.openxmlformats-officedocument"
_OPEN: Final = "application/vnd.oasis.opendocument"
_OTHERS: Final = {
    "7z": "application/x-7z-compressed",
    "docx": f"{_OFFICE}.wordprocessingml.document",
    "gz": "application/gzip",
    "heic": "image/heic",
    "ics": "text/calendar",
    "log": "text/plain",
    "m4a": "audio/mp4",
    "md": "text/markdown",
    "msg": "application/vnd.ms-outlook",
    "odp": f"{_OPEN}.presentation",
    "ods": f"{_OPEN}.spreadsheet",
    "odt": f"{_OPEN}.text",
    "ogg": "audio/ogg",
    "pptx": f"{_OFFICE}.presentationml.presentation",
    "rar": "application/vnd.rar",
    "rtf": "application/rtf",
    "wav": "audio/wav",
    "webp": "image/webp",
    "xlsx": f"{_OFFICE}.spreadsheetml.sheet",
    "yaml": "application/yaml",
}
"""What the standard library does not know itself, in every version."""


def media_type_of(name: str) -> str:
    """The media type that the ending of a name promises; UNKNOWN where it promises none."""
    _, dot, ending = name.rpartition(".")
    return _types().guess_type(f"file{dot}{ending}")[0] or UNKNOWN


@cache
def _types() -> mimetypes.MimeTypes:
    types = mimetypes.MimeTypes()
    types.encodings_map.clear()  # a packed file is what packs it: nobody unpacks it on its way
    for ending, media_type in _OTHERS.items():
        types.add_type(media_type, f".{ending}")
    return types
