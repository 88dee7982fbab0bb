"""The invented customers: who writes, from where, in which language, and at which addresses."""

import json
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime
from random import Random
from typing import Any

from agent_desktop.demo.company import VERSION, Company
from agent_desktop.demo.content import LANGUAGES, Language
from agent_desktop.domain.customer import Customer, Detail, Identity, normalise_address
from agent_desktop.domain.ids import Id
from agent_desktop.domain.operations.customer import identity_id
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.workspace import ChannelKind
from resources import read_text

POOL = 6_000
"""How many customers of a language are remembered for writing again."""

FIRST_SERIAL = 1_000  # smaller numbers belong to the people that were written by hand
_RETURNING = 0.58


@dataclass(slots=True)
class Person:
    """A customer while the demo is made. `kinds` are the channels on which an address is known already."""

    id: Id
    name: str
    first: str
    language: str
    serial: int
    email: str
    city: str
    street: str
    postcode: str
    company: str
    tier: str
    dial: str
    kinds: set[ChannelKind] = field(default_factory=set)

    def address(self, kind: ChannelKind) -> str:
        """Where this person is reached on a kind of channel."""
        if kind is ChannelKind.EMAIL:
            return self.email
        if kind in (ChannelKind.PHONE, ChannelKind.SMS, ChannelKind.WHATSAPP):
            return f"{self.dial}{self.serial}"
        handle = self.email.partition("@")[0].replace(".", "_")
        return f"@{handle}" if kind is ChannelKind.SOCIAL else f"{handle}-{kind.value}"


class People:
    """Makes customers and remembers them, so that many of them write more than once.

    The mail addresses in `taken` belong to others. Those who come to people that are there already take a higher
    first serial: it keeps their addresses apart.
    """

    def __init__(
        self, company: Company, random: Random, taken: Iterable[str], first_serial: int = FIRST_SERIAL
    ) -> None:
        self._company = company
        self._random = random
        self._names: dict[str, dict[str, Any]] = json.loads(read_text("demo/names.json"))
        self._pools: dict[str, list[Person]] = {code: [] for code in LANGUAGES}
        self._senders: dict[str, Person] = {}
        self._taken = {email.partition("@")[0] for email in taken}
        self._serial = first_serial
        self._numbered = first_serial != FIRST_SERIAL

    def somebody(
        self, language: Language, kind: ChannelKind, moment: datetime, new_id: Id, for_company: bool
    ) -> tuple[Person, list[Entity]]:
        """Who writes next on this kind of channel, with the rows that this makes necessary."""
        random, pool = self._random, self._pools[language.code]
        rows: list[Entity] = []
        if pool and random.random() < _RETURNING:
            # Half of those who come back do so soon after they came first.
            recent = min(len(pool), 400)
            place = random.random()
            person = (
                pool[-1 - int(place * 2 * recent)] if place < 0.5 else pool[int(random.random() * len(pool))]
            )
        else:
            person = self._new(language, new_id, for_company)
            rows.append(self._customer_row(person, moment))
            self._add_identity(person, ChannelKind.EMAIL, rows)
            if len(pool) < POOL:
                pool.append(person)
            else:
                pool[int(random.random() * POOL)] = person
        if kind not in person.kinds:
            self._add_identity(person, kind, rows)
        return person, rows

    def sender(self, name: str, email: str, moment: datetime, new_id: Id) -> tuple[Person, list[Entity]]:
        """The machine that sends mails of one kind."""
        if email in self._senders:
            return self._senders[email], []
        person = Person(new_id, name, "", "en", 0, email, "", "", "", "", "", "")
        self._senders[email] = person
        rows: list[Entity] = [Customer(id=new_id, ver=VERSION, name=name, created_at=moment)]
        self._add_identity(person, ChannelKind.EMAIL, rows)
        return person, rows

    def _new(self, language: Language, new_id: Id, for_company: bool) -> Person:
        random, names = self._random, self._names[language.code]
        self._serial += 1
        if names["whole"] and random.random() < 0.05:
            name = names["whole"][int(random.random() * len(names["whole"]))]
        else:
            first = names["first"][int(random.random() * len(names["first"]))]
            name = f"{first} {names['last'][int(random.random() * len(names['last']))]}"
        city = names["cities"][int(random.random() * len(names["cities"]))]
        organization = None
        if for_company or random.random() < 0.06:
            organizations = self._company.organizations
            organization = organizations[int(random.random() * len(organizations))]
        tier_chance = random.random()
        return Person(
            id=new_id,
            name=name,
            first=name.split(" ", 1)[0],
            language=language.code,
            serial=self._serial,
            email=self._email(name, organization.domains[0] if organization else "mail.example"),
            city=city[0],
            street=f"{names['streets'][self._serial % len(names['streets'])]} {1 + self._serial * 7 % 140}",
            postcode=f"{city[2]}-{10_000 + self._serial * 7_919 % 89_999}",
            company=organization.name if organization else "",
            tier="VIP" if tier_chance < 0.03 else "Gold" if tier_chance < 0.12 else "",
            dial=names["dial"],
        )

    def _email(self, name: str, domain: str) -> str:
        plain = unicodedata.normalize("NFKD", name).encode("ascii", "ignore").decode().lower()
        words = ["".join(letter for letter in word if letter.isalnum()) for word in plain.split()]
        local = ".".join(word for word in words if word) or "customer"
        if self._numbered or local in self._taken:
            return f"{local}{self._serial}@{domain}"
        self._taken.add(local)
        return f"{local}@{domain}"

    def _customer_row(self, person: Person, moment: datetime) -> Customer:
        names, organization_id = self._names[person.language], None
        for organization in self._company.organizations if person.company else ():
            if organization.name == person.company:
                organization_id = organization.id
        zone = next(city[1] for city in names["cities"] if city[0] == person.city)
        return Customer(
            id=person.id,
            ver=VERSION,
            name=person.name,
            created_at=moment,
            organization_id=organization_id,
            tier=person.tier,
            language=LANGUAGES[person.language][0],
            location=person.city,
            time_zone=zone,
            details=(Detail(label="Orders", value=str(1 + person.serial % 9)),),
        )

    def _add_identity(self, person: Person, kind: ChannelKind, rows: list[Entity]) -> None:
        person.kinds.add(kind)
        address = person.address(kind)
        rows.append(
            Identity(
                id=identity_id(kind, address),
                ver=VERSION,
                customer_id=person.id,
                kind=kind,
                address=normalise_address(kind, address),
                display=address,
            )
        )
