"""Where the mail of a domain goes: the names of its mail exchangers (MX), as the name servers of this computer say.

It tells who runs the mailboxes of a domain of one's own. A hint, no more: whoever falsifies the answer gets nothing but
somebody who is offered the servers of a large provider. Without an answer in time there is none.
"""

from collections.abc import Callable, Sequence
from typing import Final

SECONDS: Final = 3.0
"""So long name servers have, all of them together."""
MOST: Final = 20
"""So many names are looked at; no domain needs more."""

Exchangers = Callable[[str], Sequence[str]]
"""The names of the mail exchangers of a domain, in small letters; none where nothing is known."""


def asks_nobody(domain: str) -> tuple[str, ...]:
    """Knows nothing of any domain."""
    return ()


def exchangers_of(
    domain: str, servers: Sequence[tuple[str, int]] = (), seconds: float = SECONDS
) -> tuple[str, ...]:
    """What the name servers of this computer say, or those at these addresses and ports. Never raises."""
    # Only who sets a mailbox up needs them. The library loads kinds of records by name, which a packer has to be told.
    import dns.rdtypes.ANY.MX
    from dns.exception import DNSException
    from dns.nameserver import Do53Nameserver
    from dns.resolver import Resolver

    try:
        resolver = Resolver(configure=not servers)
        if servers:
            resolver.nameservers = [Do53Nameserver(address, port) for address, port in servers]
        found = resolver.resolve(domain, "MX", lifetime=seconds, search=False)
    except (DNSException, OSError, ValueError):
        return ()
    records = (record for record in found if isinstance(record, dns.rdtypes.ANY.MX.MX))
    names = (record.exchange.to_text(omit_final_dot=True).lower() for record in records)
    return tuple(sorted(names))[:MOST]
