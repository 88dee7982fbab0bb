"""The demo company: its workspace, people, channels, views, prepared answers and articles, as rows."""

import json
from dataclasses import dataclass
from datetime import datetime, timedelta
from functools import cache
from importlib.resources import files
from random import Random
from typing import Any

from agent_desktop.demo.content import Weighted
from agent_desktop.domain.clock import EPOCH
from agent_desktop.domain.conversation import Priority, Status
from agent_desktop.domain.customer import Organization
from agent_desktop.domain.ids import Id, derived_id
from agent_desktop.domain.knowledge import (
    Article,
    ArticleRevision,
    ArticleState,
    Audience,
    CannedResponse,
    Macro,
    MacroAction,
    MacroVerb,
)
from agent_desktop.domain.operations.customer import organization_id
from agent_desktop.domain.rows import WORKSPACE_SCOPE, Entity, user_scope
from agent_desktop.domain.view import ConversationFilter, SortOrder, View
from agent_desktop.domain.workspace import Channel, ChannelKind, Role, Tag, Team, User, Workspace
from agent_desktop.services.front_matter import split_front_matter
from resources import read_text

ME = "maya"
"""The key of the user that the demo is signed in as."""

FIRST_NUMBER = 41_207
"""The number of the oldest conversation: the company did not begin yesterday."""

VERSION = 1
"""The version of all rows of the demo: they come into an empty workspace as its first."""


@cache
def _raw() -> dict[str, Any]:
    raw: dict[str, Any] = json.loads(read_text("demo/company.json"))
    return raw


@dataclass(frozen=True, slots=True)
class Product:
    """Something that is sold, with its price as it is written."""

    name: str
    price: str


class Company:
    """The company of one seed. Ids follow from seed and key alone, so that later visitors find them again."""

    def __init__(self, seed: int) -> None:
        self._seed = seed
        raw = _raw()
        self.users = {item["key"]: self._user(item) for item in raw["users"]}
        self.channels = {item["key"]: self._channel(item) for item in raw["channels"]}
        self.channel_of = {kind: self.channels[kind.value] for kind in ChannelKind}
        self.appliances = [Product(name, _euros(price)) for name, price in raw["appliances"]]
        self.products = [*self.appliances, *(Product(name, _euros(price)) for name, price in raw["goods"])]
        self.furniture = [Product(name, _euros(price)) for name, price in raw["furniture"]]
        self.organizations = [
            Organization(
                id=organization_id(item["name"]),
                ver=VERSION,
                name=item["name"],
                domains=tuple(item["domains"]),
                note=item.get("note", ""),
            )
            for item in raw["organizations"]
        ]
        self._agents = {
            team["key"]: Weighted(
                [(user["key"], user["share"]) for user in raw["users"] if team["key"] in user["teams"]]
            )
            for team in raw["teams"]
        }
        self._specialists = {
            (language, team): user["key"]
            for user in raw["users"]
            for language in user.get("languages", ())
            for team in user["teams"]
        }

    def id(self, kind: str, key: str) -> Id:
        """The id of something of the company."""
        return derived_id(EPOCH, "demo", str(self._seed), kind, key)

    def team_id(self, key: str) -> Id:
        """The id of a team."""
        return self.id("team", key)

    @property
    def me(self) -> User:
        """The user that the demo is signed in as."""
        return self.users[ME]

    def agent_for(self, team: str, language: str, random: Random) -> User:
        """Who takes a conversation of this team in this language."""
        specialist = self._specialists.get((language, team))
        if specialist is not None and random.random() < 0.85:
            return self.users[specialist]
        return self.users[self._agents[team].pick(random)]

    def rows(self, founded_at: datetime, next_number: int) -> list[Entity]:
        """Everything that was there before the first customer wrote."""
        raw = _raw()
        workspace = Workspace(
            id=self.id("workspace", "workspace"),
            ver=VERSION,
            name=raw["workspace"],
            created_at=founded_at,
            next_number=next_number,
        )
        teams = [Team(id=self.team_id(item["key"]), ver=VERSION, name=item["name"]) for item in raw["teams"]]
        tags = [Tag(id=derived_id(EPOCH, "tag", name), ver=VERSION, name=name) for name in raw["tags"]]
        views = [self._view(position, item) for position, item in enumerate(raw["views"])]
        macros = [self._macro(item) for item in raw["macros"]]
        return [
            workspace,
            *self.users.values(),
            *teams,
            *self.channels.values(),
            *tags,
            *views,
            *self._canned(founded_at),
            *macros,
            *self._articles(founded_at),
            *self.organizations,
        ]

    def _user(self, item: dict[str, Any]) -> User:
        return User(
            id=self.id("user", item["key"]),
            ver=VERSION,
            name=item["name"],
            email=item["email"],
            role=Role(item["role"]),
            team_ids=tuple(self.team_id(key) for key in item["teams"]),
            signature=item["signature"],
        )

    def _channel(self, item: dict[str, Any]) -> Channel:
        return Channel(
            id=self.id("channel", item["key"]),
            ver=VERSION,
            kind=ChannelKind(item["kind"]),
            name=item["name"],
            address=item["address"],
            team_id=self.team_id(item["team"]) if "team" in item else None,
            signature=item.get("signature", ""),
        )

    def _owner(self, item: dict[str, Any]) -> tuple[Audience, Id | None, str]:
        """For whom something is, who owns it, and who sees its row."""
        audience = Audience(item.get("audience", "workspace"))
        if audience is Audience.PERSONAL:
            owner = self.users[item["owner"]].id
            return audience, owner, user_scope(owner)
        return audience, self.team_id(item["owner"]) if "owner" in item else None, WORKSPACE_SCOPE

    def _view(self, position: int, item: dict[str, Any]) -> View:
        audience, owner, scope = self._owner(item)
        return View(
            id=self.id("view", item["name"]),
            ver=VERSION,
            scope=scope,
            name=item["name"],
            filter=ConversationFilter(
                statuses=tuple(Status(value) for value in item.get("statuses", ())),
                assignee=item.get("assignee", ""),
                team_id=self.team_id(item["team"]) if "team" in item else None,
                priorities=tuple(Priority(value) for value in item.get("priorities", ())),
                tag=item.get("tag", ""),
            ),
            sort=SortOrder(item["sort"]),
            audience=audience,
            owner_id=owner,
            position=position,
        )

    def _macro(self, item: dict[str, Any]) -> Macro:
        audience, owner, scope = self._owner(item)
        return Macro(
            id=self.id("macro", item["name"]),
            ver=VERSION,
            scope=scope,
            name=item["name"],
            actions=tuple(
                MacroAction(
                    verb=MacroVerb(verb),
                    value=self.team_id(value) if verb == MacroVerb.SET_TEAM else value,
                )
                for verb, value in item["actions"]
            ),
            audience=audience,
            owner_id=owner,
        )

    def _canned(self, founded_at: datetime) -> list[CannedResponse]:
        found = []
        for place, item in enumerate(json.loads(read_text("demo/canned_responses.json"))["canned_responses"]):
            audience, owner, scope = self._owner(item)
            found.append(
                CannedResponse(
                    id=self.id("canned_response", item["shortcut"]),
                    ver=VERSION,
                    scope=scope,
                    shortcut=item["shortcut"],
                    title=item["title"],
                    body=item["body"],
                    audience=audience,
                    owner_id=owner,
                    usage_count=(place * 37) % 211,
                    updated_at=founded_at + timedelta(days=place),
                )
            )
        return found

    def _articles(self, founded_at: datetime) -> list[Entity]:
        authors = [self.users[key] for key in ("ben", "kenji", "noah", "maya", "lukas", "claire")]
        found: list[Entity] = []
        folder = files("resources").joinpath("demo/articles")
        texts = sorted((file.name.removesuffix(".md"), file.read_text("utf-8")) for file in folder.iterdir())
        for place, (name, text) in enumerate(texts):
            head, body = split_front_matter(text)
            article = Article(
                id=self.id("article", name),
                ver=VERSION,
                title=head["title"],
                body=body,
                state=ArticleState(head["state"]),
                locale=head.get("locale", "en"),
                category=head["category"],
                author_id=authors[place % len(authors)].id,
                updated_at=founded_at + timedelta(days=(place * 53) % 500, hours=9 + place % 8),
                url=f"https://help.larkfield.example/{name}" if head["state"] == ArticleState.PUBLIC else "",
            )
            revision = ArticleRevision(
                id=derived_id(EPOCH, "revision", article.id, "1"),
                ver=VERSION,
                article_id=article.id,
                revision=1,
                title=article.title,
                body=article.body,
                state=article.state,
                author_id=article.author_id,
                created_at=article.updated_at,
            )
            found += (article, revision)
        return found


def _euros(price: str) -> str:
    return f"€{float(price):,.2f}"
