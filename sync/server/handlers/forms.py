"""Forms that a browser or an OAuth client posts, as fields."""

from http import HTTPStatus
from urllib.parse import parse_qsl

from starlette.requests import Request

from sync.server.body import pieces
from sync.server.refusals import Refusal, malformed

LARGEST = 32_000
_FIELDS = 40
_SECONDS = 30.0
FORM = "application/x-www-form-urlencoded"


async def read_form(request: Request) -> dict[str, str]:
    """The fields of a form, each of which may be given once. Raises a refusal for anything else."""
    media_type = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media_type != FORM:
        raise Refusal(HTTPStatus.UNSUPPORTED_MEDIA_TYPE, "media_type", "The body must be a form.")
    content = b"".join([piece async for piece in pieces(request, LARGEST, _SECONDS)])
    try:
        fields = parse_qsl(
            content.decode("ascii"), keep_blank_values=True, max_num_fields=_FIELDS, errors="strict"
        )
    except ValueError as error:
        raise malformed("The form cannot be read.") from error
    if len({name for name, _ in fields}) != len(fields):
        raise malformed("A field of the form is given twice.")
    return dict(fields)
