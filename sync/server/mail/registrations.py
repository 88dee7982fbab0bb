"""As what this server is known to the providers that grant access to mailboxes: said by whoever runs it."""

import os
from collections.abc import Mapping

from sync.channels.mail.providers import PROVIDERS
from sync.server.mail.grants import Registration

PREFIX = "AGENT_DESKTOP_MAIL_"


def registrations(environment: Mapping[str, str] = os.environ) -> dict[str, Registration]:
    """From variables such as AGENT_DESKTOP_MAIL_GOOGLE_ID and AGENT_DESKTOP_MAIL_GOOGLE_SECRET."""
    found = {}
    for provider in PROVIDERS:
        name = f"{PREFIX}{provider.name.upper().replace('-', '_')}"
        if provider.grants is not None and (client_id := environment.get(f"{name}_ID")):
            found[provider.name] = Registration(client_id, environment.get(f"{name}_SECRET", ""))
    return found
