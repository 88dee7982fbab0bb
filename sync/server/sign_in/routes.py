"""The routes of signing in and out, and of one's own devices."""

from http import HTTPStatus

import msgspec

from sync.protocol.account import PasswordChange
from sync.protocol.messages import Devices, OAuthMetadata, SignedIn, SignInRequest, TokenAnswer
from sync.protocol.orders import DeviceKey, Orders, WipeReceipt
from sync.server.call import in_pool
from sync.server.handlers import authorize, orders, session, tokens
from sync.server.route import Raw, Route


class AuthorizeQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What a client asks for (RFC 6749, 4.1.1; RFC 7636, 4.3), and what it says of its device."""

    response_type: str = ""
    client_id: str = ""
    redirect_uri: str = ""
    code_challenge: str = ""
    code_challenge_method: str = ""
    state: str = ""
    login_hint: str = ""
    device: str = ""
    device_id: str = ""
    os: str = ""
    version: str = ""
    new_password: str = ""


class StepQuery(msgspec.Struct, frozen=True, kw_only=True):
    """The page that leads on."""

    step: str = ""


class CompanyQuery(msgspec.Struct, frozen=True, kw_only=True):
    """What the provider of the company answers."""

    state: str = ""
    code: str = ""
    iss: str = ""
    error: str = ""


_REFUSED_PAGES = (HTTPStatus.SEE_OTHER, HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN, HTTPStatus.BAD_GATEWAY)

SIGN_IN_ROUTES: tuple[Route, ...] = (
    Route(
        method="GET",
        path="/.well-known/oauth-authorization-server",
        summary="How to sign in (RFC 8414)",
        handle=tokens.metadata,
        answer=OAuthMetadata,
        public=True,
    ),
    Route(
        method="GET",
        path="/oauth/authorize",
        summary="The first page of signing in with a browser",
        handle=authorize.begin,
        query=AuthorizeQuery,
        answer=Raw.HTML,
        others=(HTTPStatus.SEE_OTHER,),
        public=True,
    ),
    Route(
        method="POST",
        path="/oauth/authorize",
        summary="What was typed on a page of signing in",
        handle=authorize.go_on,
        body=Raw.FORM,
        answer=Raw.HTML,
        others=_REFUSED_PAGES,
        public=True,
    ),
    Route(
        method="GET",
        path="/oauth/company",
        summary="On to the provider of the company",
        handle=authorize.company,
        query=StepQuery,
        answer=Raw.HTML,
        others=_REFUSED_PAGES,
        public=True,
    ),
    Route(
        method="GET",
        path="/oauth/company/cb",
        summary="Back from the provider of the company",
        handle=authorize.company_back,
        query=CompanyQuery,
        answer=Raw.HTML,
        others=_REFUSED_PAGES,
        public=True,
    ),
    Route(
        method="GET",
        path="/oauth/done",
        summary="The last page of signing in with a browser",
        handle=authorize.done,
        answer=Raw.HTML,
        public=True,
    ),
    Route(
        method="POST",
        path="/oauth/token",
        summary="Tokens for a code or a refresh token (RFC 6749, 7636)",
        handle=tokens.token,
        body=Raw.FORM,
        answer=TokenAnswer,
        public=True,
    ),
    Route(
        method="POST",
        path="/oauth/revoke",
        summary="Sign out whoever holds a token (RFC 7009)",
        handle=tokens.revoke,
        body=Raw.FORM,
        answer=Raw.JSON,
        public=True,
    ),
    Route(
        method="POST",
        path="/v1/sign-in",
        summary="Tokens for a device, with a password typed into the program",
        handle=session.sign_in,
        body=SignInRequest,
        answer=SignedIn,
        others=(HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN),
        public=True,
    ),
    Route(
        method="POST",
        path="/v1/sign-out",
        summary="Give the tokens of this device back",
        handle=session.sign_out,
        status=HTTPStatus.NO_CONTENT,
    ),
    Route(
        method="POST",
        path="/v1/account/password",
        summary="Choose another password; this device stays signed in",
        handle=session.change_password,
        body=PasswordChange,
        status=HTTPStatus.NO_CONTENT,
        others=(HTTPStatus.FORBIDDEN, HTTPStatus.CONFLICT),
    ),
    Route(
        method="GET",
        path="/v1/devices",
        summary="The devices of whoever asks",
        handle=in_pool(session.devices),
        answer=Devices,
    ),
    Route(
        method="DELETE",
        path="/v1/devices/{device_id}",
        summary="Sign out a device of one's own; another one right after signing in",
        handle=session.revoke_device,
        status=HTTPStatus.NO_CONTENT,
        others=(HTTPStatus.FORBIDDEN, HTTPStatus.NOT_FOUND),
    ),
    Route(
        method="GET",
        path="/v1/device/orders",
        summary="What this device is to do",
        handle=in_pool(orders.orders),
        answer=Orders,
        while_wiping=True,
    ),
    Route(
        method="PUT",
        path="/v1/device/key",
        summary="Take the key of this device into escrow",
        handle=in_pool(orders.keep_key),
        body=DeviceKey,
        status=HTTPStatus.NO_CONTENT,
    ),
    Route(
        method="GET",
        path="/v1/device/key",
        summary="The key of this device, right after signing in there",
        handle=in_pool(orders.release_key),
        answer=DeviceKey,
        others=(HTTPStatus.NOT_FOUND,),
    ),
    Route(
        method="POST",
        path="/v1/device/wiped",
        summary="Tell that a device has wiped itself",
        handle=orders.wiped,
        body=WipeReceipt,
        status=HTTPStatus.NO_CONTENT,
        others=(HTTPStatus.NOT_FOUND,),
        public=True,
    ),
)
