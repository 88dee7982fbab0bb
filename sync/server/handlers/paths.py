"""What stands in the path of a request."""

import re

from agent_desktop.domain.ids import Id
from sync.server.call import Call
from sync.server.refusals import not_found

_ID = re.compile(r"[0-9a-zA-Z-]{1,64}", re.ASCII)


def id_in(call: Call, name: str) -> Id:
    """The id in the path. Raises a refusal for what can be none."""
    return checked_id(str(call.request.path_params[name]))


def checked_id(text: str) -> Id:
    """The text, which may be an id. Raises a refusal for what can be none: no database is asked about it."""
    if not _ID.fullmatch(text):
        raise not_found()
    return text
