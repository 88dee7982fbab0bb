"""Pictures of mails from the internet."""

from typing import cast

from starlette.responses import Response

from agent_desktop.domain.errors import InputError
from sync.protocol.messages import ImageRequest
from sync.server.call import Call
from sync.server.refusals import conflict, not_found
from sync.server.remote_images import NoSuchPicture

_HEADERS = {
    "Cache-Control": "no-store",
    "Content-Disposition": "attachment",
    "X-Content-Type-Options": "nosniff",
}
_BYTES = "application/octet-stream"


async def fetch(call: Call) -> Response:
    """The picture that a message names by an address, on threads of its own: others' servers may be slow."""
    wanted, services = cast(ImageRequest, call.body), call.services
    user_id = call.session.user_id
    try:
        content = await services.image_workers.run(
            services.remote_images.fetch, user_id, wanted.message_id, wanted.url
        )
    except NoSuchPicture as error:
        raise not_found(error.sentence) from error
    except InputError as error:
        raise conflict(error.sentence) from error
    return Response(content, headers=_HEADERS, media_type=_BYTES)
