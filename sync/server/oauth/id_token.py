"""Whether an id_token is what its provider signed for us and for this sign-in (OpenID Connect Core, 3.1.3.7)."""

import hmac
from collections.abc import Mapping
from typing import Any

import jwt

ALGORITHMS = ("RS256", "PS256", "ES256", "EdDSA")
"""With keys of the provider alone: never `none`, never one where our own secret would be the key."""
SKEW_SECONDS = 60
_KINDS = {"RS256": "RSA", "PS256": "RSA", "ES256": "EC", "EdDSA": "OKP"}
_LONGEST = 16_384


class NotGenuine(Exception):
    """The token proves nothing; the text says why, for the log of the server."""


class UnknownKey(NotGenuine):
    """It was signed with a key that is not among these: the provider may have taken a new one."""


def verified(
    token: str, keys: Mapping[str, Any], *, issuer: str, audience: str, nonce: str, seconds: int
) -> dict[str, Any]:
    """What the token says. `keys` is the JWKS of the provider, `seconds` the time since 1970. Raises NotGenuine."""
    if len(token) > _LONGEST:
        raise NotGenuine("too long")
    try:
        header = jwt.get_unverified_header(token)
    except jwt.PyJWTError as error:
        raise NotGenuine(type(error).__name__) from error
    algorithm = header.get("alg")
    if algorithm not in ALGORITHMS or "crit" in header:
        raise NotGenuine("an algorithm that is not taken")
    key = _key(keys, header.get("kid"), algorithm)
    try:
        claims: dict[str, Any] = jwt.decode(
            token,
            key=key,
            algorithms=[algorithm],
            issuer=issuer,
            audience=audience,
            options={
                "require": ["iss", "sub", "aud", "exp", "iat"],
                # The clock is ours, below.
                "verify_exp": False,
                "verify_iat": False,
                "verify_nbf": False,
            },
        )
    except jwt.PyJWTError as error:
        raise NotGenuine(type(error).__name__) from error
    _check_times(claims, seconds)
    subject, named = claims["sub"], claims["aud"]
    if not isinstance(subject, str) or not 0 < len(subject) <= 255:
        raise NotGenuine("no subject")
    others = isinstance(named, list) and len(named) > 1
    if ("azp" in claims or others) and claims.get("azp") != audience:
        raise NotGenuine("it is for another party")
    shown = claims.get("nonce")
    if not isinstance(shown, str) or not hmac.compare_digest(shown.encode(), nonce.encode()):
        raise NotGenuine("it is of another sign-in")
    return claims


def _check_times(claims: Mapping[str, Any], seconds: int) -> None:
    for name in ("exp", "iat"):
        if isinstance(claims[name], bool) or not isinstance(claims[name], int | float):
            raise NotGenuine(f"{name} is no time")
    if claims["exp"] <= seconds - SKEW_SECONDS:
        raise NotGenuine("it has expired")
    if claims["iat"] > seconds + SKEW_SECONDS:
        raise NotGenuine("it is of the future")
    begins = claims.get("nbf", 0)
    if not isinstance(begins, int | float) or begins > seconds + SKEW_SECONDS:
        raise NotGenuine("it is not valid yet")


def _key(keys: Mapping[str, Any], kid: object, algorithm: str) -> Any:
    """The provider's key of that name which is made for the algorithm."""
    listed = keys.get("keys")
    found = [
        entry
        for entry in (listed if isinstance(listed, list) else [])
        if isinstance(entry, dict)
        and entry.get("kty") == _KINDS[algorithm]
        and entry.get("use", "sig") == "sig"
        and entry.get("alg", algorithm) == algorithm
        and (kid is None or entry.get("kid") == kid)
    ]
    if len(found) != 1:  # none, or several of which nobody can say which one
        raise UnknownKey("the key is not known")
    try:
        return jwt.PyJWK.from_dict(found[0], algorithm).key
    except jwt.PyJWTError as error:
        raise NotGenuine("the provider's key cannot be read") from error
