"""The address of a team's server: https, or http on this computer alone."""

from dataclasses import dataclass
from ipaddress import ip_address
from urllib.parse import urlsplit

from agent_desktop.domain.errors import InputError

_EXAMPLE = "It looks like desk.example.com or https://desk.example.com."


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server answers. `url` has no path, query or slash at its end."""

    url: str

    @staticmethod
    def parse(typed: str) -> "ServerAddress":
        """What a person typed, as an address. Raises InputError in words when it cannot be one."""
        text = typed.strip()
        if not text:
            raise InputError(f"Type the address of your team's server. {_EXAMPLE}")
        if "://" not in text:
            text = f"{'http' if is_loopback(_host(f'//{text}')) else 'https'}://{text}"
        host = _host(text)
        try:
            parts = urlsplit(text)
            port = parts.port
        except ValueError:
            raise InputError(f"“{typed.strip()}” is not an address. {_EXAMPLE}") from None
        if parts.scheme not in ("https", "http") or not host or set(host) & set(" \\%<>\"'"):
            raise InputError(f"“{typed.strip()}” is not an address. {_EXAMPLE}")
        if parts.username is not None or parts.password is not None:
            raise InputError("Leave name and password out of the address; there are fields for them.")
        if parts.path.strip("/") or parts.query or parts.fragment:
            raise InputError(f"Leave out what follows the name of the server in “{typed.strip()}”.")
        if parts.scheme == "http" and not is_loopback(host):
            raise InputError(
                "This address begins with http://, so everybody on the way could read along. Use https://."
            )
        named = f"[{host}]" if ":" in host else host
        default = {"https": 443, "http": 80}[parts.scheme]
        return ServerAddress(
            f"{parts.scheme}://{named}" + (f":{port}" if port is not None and port != default else "")
        )

    @property
    def host(self) -> str:
        """The name or number of the computer."""
        return _host(self.url)

    @property
    def place(self) -> str:
        """The computer, and the port where it is not the usual one: as people write it."""
        return self.url.partition("://")[2]

    @property
    def on_this_computer(self) -> bool:
        """Whether nothing leaves this computer on the way there."""
        return is_loopback(self.host)


def is_loopback(host: str) -> bool:
    """Whether a host is this computer itself."""
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host == "localhost"


def _host(text: str) -> str:
    try:
        return urlsplit(text).hostname or ""
    except ValueError:
        return ""
