"""What `serve` has to know so that people can sign in: the key of the server, its address, the company's provider."""

import argparse
import os
from pathlib import Path
from urllib.parse import urlsplit

from agent_desktop.domain.clock import Clock
from agent_desktop.domain.errors import InputError
from sync.server.database import ServerDatabase
from sync.server.keys import ServerKey
from sync.server.oauth.company import CompanyProvider, CompanySignIn
from sync.server.oauth.fetch import is_safe

KEY, KEY_FILE, URL = "AGENT_DESKTOP_KEY", "AGENT_DESKTOP_KEY_FILE", "AGENT_DESKTOP_URL"
ISSUER, CLIENT_ID = "AGENT_DESKTOP_COMPANY_ISSUER", "AGENT_DESKTOP_COMPANY_CLIENT_ID"
CLIENT_SECRET, NAME = "AGENT_DESKTOP_COMPANY_CLIENT_SECRET", "AGENT_DESKTOP_COMPANY_NAME"
GENERATED = "server.key"
"""Where a key is made when none is given: in the folder of attachments, which all processes share."""


def add_sign_in(parser: argparse.ArgumentParser) -> None:
    """The options. Secrets come from variables or files alone: a command line is seen by everybody on the machine."""
    parser.add_argument(
        "--key-file",
        type=Path,
        metavar="FILE",
        default=os.environ.get(KEY_FILE),
        help=f"the key of the server, made there when there is none (or set {KEY_FILE}, or {KEY} to the key itself)",
    )
    parser.add_argument(
        "--public-url",
        metavar="URL",
        default=os.environ.get(URL, ""),
        help=f"where people reach the server, such as https://desk.example.com (or set {URL})",
    )
    parser.add_argument(
        "--company-issuer",
        metavar="URL",
        default=os.environ.get(ISSUER, ""),
        help=f"the OpenID provider of the company (or set {ISSUER}); its secret is {CLIENT_SECRET}",
    )
    parser.add_argument(
        "--company-client-id", metavar="ID", default=os.environ.get(CLIENT_ID, ""), help=f"or set {CLIENT_ID}"
    )
    parser.add_argument(
        "--company-name",
        metavar="NAME",
        default=os.environ.get(NAME, "your company"),
        help=f"what people call it (or set {NAME})",
    )


def key_of(options: argparse.Namespace, files: Path) -> ServerKey:
    """The key of the server. Raises InputError when it cannot be used."""
    if given := os.environ.get(KEY):
        return ServerKey.parse(given)
    return ServerKey.of_file(options.key_file or files / GENERATED)


def public_url_of(options: argparse.Namespace) -> str:
    """Where people reach the server; empty when that was not said. Raises InputError for what is no address."""
    url = str(options.public_url).strip().rstrip("/")
    if url and (not is_safe(url) or urlsplit(url).path or urlsplit(url).query):
        raise InputError("Give the public address as https://NAME, with nothing behind the name.")
    return url


def company_of(
    options: argparse.Namespace, public_url: str, database: ServerDatabase, clock: Clock
) -> CompanySignIn | None:
    """The provider of the company; None where there is none. Raises InputError when something of it is missing."""
    if not options.company_issuer:
        return None
    if not public_url:
        raise InputError(
            f"The company's provider sends people back to the server: say --public-url, or set {URL}."
        )
    provider = CompanyProvider(
        issuer=options.company_issuer,
        client_id=options.company_client_id,
        client_secret=os.environ.get(CLIENT_SECRET, ""),
        name=options.company_name,
    )
    return CompanySignIn(provider, public_url, database, clock)
