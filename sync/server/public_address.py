"""Which addresses of the network are public: what a server fetches for somebody else must never lead inside."""

import ipaddress
import re
import unicodedata
from dataclasses import dataclass
from typing import Final, TypeAlias
from urllib.parse import quote, urlsplit

IpAddress: TypeAlias = ipaddress.IPv4Address | ipaddress.IPv6Address

PORTS: Final = {"http": 80, "https": 443}
LONGEST_URL: Final = 4_000
_LABEL: Final = re.compile(r"(?!-)[a-z0-9_-]{1,63}(?<!-)")
_ESCAPED: Final = "/?#[]@!$&'()*+,;=:%-._~"

# Addresses of the first version that are written within the second, and how many bits stand behind them.
_CARRIERS: Final = (
    (ipaddress.IPv6Network("::ffff:0:0/96"), 0),  # mapped, RFC 4291
    (ipaddress.IPv6Network("::ffff:0:0:0/96"), 0),  # translated, RFC 2765
    (ipaddress.IPv6Network("64:ff9b::/96"), 0),  # NAT64, RFC 6052
    (ipaddress.IPv6Network("2002::/16"), 80),  # 6to4, RFC 3056
)
_CLOSED: Final = (
    ipaddress.IPv6Network("::/96"),  # compatible, RFC 4291, with what is nobody's and one's own
    ipaddress.IPv6Network("64:ff9b:1::/48"),  # NAT64 of one's own, RFC 8215
    ipaddress.IPv6Network("2001::/32"),  # Teredo, RFC 4380
    ipaddress.IPv6Network("fec0::/10"),  # site-local, RFC 3879
    ipaddress.IPv4Network("192.88.99.0/24"),  # relays of 6to4, RFC 7526
)


class NotPublic(Exception):
    """Something that is not fetched, with the reason; the text names no secret."""


@dataclass(frozen=True, slots=True)
class Target:
    """What a request goes to: `path` with its query, as it is sent."""

    scheme: str
    host: str
    port: int
    path: str


def is_public(address: IpAddress) -> bool:
    """Whether everybody on the internet could be reached there, also behind the addresses that carry others."""
    if isinstance(address, ipaddress.IPv6Address):
        for network, behind in _CARRIERS:
            if address in network:
                carried = ipaddress.IPv4Address((int(address) >> behind) & 0xFFFF_FFFF)
                return is_public(carried)
    if any(address.version == network.version and address in network for network in _CLOSED):
        return False
    return address.is_global and not (address.is_multicast or address.is_reserved or address.is_unspecified)


def target_of(url: str) -> Target:
    """Where an address of the web leads, read as strictly as it can be. Raises NotPublic.

    A host is a name of at least two labels, or an address in its one canonical spelling: numbers in octal, in one
    piece or with letters that only look like them mean different hosts to different programs.
    """
    if len(url) > LONGEST_URL or any(
        unicodedata.category(letter) in ("Cc", "Cf", "Cs", "Zs") for letter in url
    ):
        raise NotPublic("the address is not written correctly")
    if "\\" in url:
        raise NotPublic("the address is not written correctly")
    try:
        parts = urlsplit(url)
        port = parts.port
    except ValueError:
        raise NotPublic("the address is not written correctly") from None
    scheme = parts.scheme.lower()
    if scheme not in PORTS:
        raise NotPublic("only http and https are fetched")
    if "@" in parts.netloc or "%" in parts.netloc:
        raise NotPublic("the address hides where it leads")
    if port not in (None, PORTS[scheme]):
        raise NotPublic("only the usual ports are fetched")
    path = quote(parts.path, safe=_ESCAPED) or "/"
    query = f"?{quote(parts.query, safe=_ESCAPED)}" if parts.query else ""
    return Target(scheme, _host(parts.netloc, parts.hostname or ""), PORTS[scheme], path + query)


def literal(host: str) -> IpAddress | None:
    """The address that a host is; None when it is a name."""
    try:
        return ipaddress.ip_address(host)
    except ValueError:
        return None


def _host(netloc: str, host: str) -> str:
    if netloc.startswith("["):
        address = literal(host)
        if address is None or address.version != 6 or getattr(address, "scope_id", None):
            raise NotPublic("the address is not written correctly")
        return str(address)
    if literal(host) is not None:
        return host
    try:
        name = host if host.isascii() else host.encode("idna").decode("ascii")
    except UnicodeError:
        raise NotPublic("the name of the host is not written correctly") from None
    labels = name.lower().split(".")
    if len(labels) < 2 or not all(_LABEL.fullmatch(label) for label in labels):
        raise NotPublic("the name of the host is not written correctly")
    if not labels[-1][0].isalpha() or len(name) > 253:
        raise NotPublic("the name of the host is not written correctly")
    return ".".join(labels)
