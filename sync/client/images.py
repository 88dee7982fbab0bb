"""Pictures of mails that the server fetches from the internet."""

import msgspec

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from sync.client.http import Http
from sync.protocol.messages import ImageRequest
from sync.protocol.transport import Refused, Unreachable

LARGEST = 6_000_000
SECONDS = 30.0
"""The server waits for others' servers."""
_NOT_NOW = "The server cannot be reached now, so pictures were not loaded. Try again when you are online."


class HttpImages:
    """Asks the team's server. One at a time."""

    def __init__(self, http: Http) -> None:
        self._http = http

    def fetch(self, message_id: Id, url: str) -> bytes:
        """The content of a picture. Raises InputError in words."""
        body = msgspec.json.encode(ImageRequest(message_id=message_id, url=url))
        headers = {"Accept": "*/*", "Accept-Encoding": "identity"}
        try:
            answer = self._http.call(
                "POST", "/v1/images", body=body, headers=headers, largest=LARGEST, wait=SECONDS
            )
        except Unreachable as error:
            raise InputError(error.sentence or _NOT_NOW, str(error)) from error
        except Refused as error:
            raise InputError(error.sentence) from error
        if answer.media_type != "application/octet-stream":
            raise InputError(_NOT_NOW, answer.media_type)
        return answer.body
