"""Makers of rows with sensible defaults that refer to each other; name only what matters to the test.

make_conversation(status=Status.SOLVED)
"""

from dataclasses import replace
from datetime import timedelta
from typing import Any

from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.errors import Reason
from agent_desktop.domain.ids import Id, IdSource, derived_id
from agent_desktop.domain.knowledge import (
    Article,
    ArticleRevision,
    ArticleState,
    CannedResponse,
    Macro,
    MacroAction,
    MacroVerb,
)
from agent_desktop.domain.message import (
    Attachment,
    AttachmentFile,
    Delivery,
    Direction,
    Message,
    MessageKind,
)
from agent_desktop.domain.operations.conversation import read_marker_id
from agent_desktop.domain.operations.customer import identity_id, organization_id
from agent_desktop.domain.operations.importing import ImportConversation, ImportedMessage
from agent_desktop.domain.result import OperationResult, Verdict
from agent_desktop.domain.rows import user_scope
from agent_desktop.domain.view import ConversationFilter, View
from agent_desktop.domain.workspace import Channel, ChannelKind, Role, Tag, Team, User, Workspace
from agent_desktop.store.outbox import Pending
from tests.fakes import START, DictRows


def an_id(name: str) -> Id:
    """The id of what tests call by this name."""
    return derived_id(START, name)


def make_workspace(**changes: Any) -> Workspace:
    """The workspace."""
    return replace(Workspace(id=an_id("workspace"), name="Lighthouse", created_at=START), **changes)


def make_user(**changes: Any) -> User:
    """Anna, an agent. A user of another name gets another id."""
    name = changes.get("name", "Anna Berg")
    email = f"{name.split(' ')[0].lower()}@example.org"
    return replace(User(id=an_id(f"user {name}"), name=name, email=email), **changes)


def make_team(**changes: Any) -> Team:
    """The team Support."""
    name = changes.get("name", "Support")
    return replace(Team(id=an_id(f"team {name}"), name=name), **changes)


def make_channel(**changes: Any) -> Channel:
    """The mailbox of support."""
    kind = changes.get("kind", ChannelKind.EMAIL)
    name = changes.get("name", f"{kind.value} of support")
    row = Channel(id=an_id(f"channel {name}"), kind=kind, name=name, address="support@example.org")
    return replace(row, **changes)


def make_tag(**changes: Any) -> Tag:
    """The tag vip."""
    return replace(Tag(id=an_id("tag"), name="vip"), **changes)


def make_organization(**changes: Any) -> Organization:
    """The organization Acme."""
    name = changes.get("name", "Acme")
    return replace(Organization(id=organization_id(name), name=name), **changes)


def make_customer(**changes: Any) -> Customer:
    """Karl, who writes to us. A customer of another name gets another id."""
    name = changes.get("name", "Karl Lund")
    return replace(Customer(id=an_id(f"customer {name}"), name=name, created_at=START), **changes)


def make_identity(**changes: Any) -> Identity:
    """Karl's e-mail address."""
    kind = changes.get("kind", ChannelKind.EMAIL)
    address = changes.get("address", "karl@example.com")
    row = Identity(
        id=identity_id(kind, address),
        customer_id=make_customer().id,
        kind=kind,
        address=address,
        display=address,
    )
    return replace(row, **changes)


def make_conversation(**changes: Any) -> Conversation:
    """A conversation with Karl about a refund, in which nothing was said yet."""
    row = Conversation(
        id=an_id("conversation"),
        number=1,
        subject="Refund for order 10-55821",
        customer_id=make_customer().id,
        channel_id=make_channel().id,
        created_at=START,
        last_message_at=START,
    )
    return replace(row, **changes)


def make_message(**changes: Any) -> Message:
    """A message of Karl in the conversation."""
    row = Message(
        id=an_id("message"),
        conversation_id=an_id("conversation"),
        kind=MessageKind.REPLY,
        direction=Direction.IN,
        created_at=START,
        author_id=make_customer().id,
        author_name=make_customer().name,
        channel_id=make_channel().id,
        text="Where is my refund?",
    )
    return replace(row, **changes)


def make_reply(**changes: Any) -> Message:
    """Anna's answer, on its way."""
    row = make_message(
        id=an_id("reply"),
        direction=Direction.OUT,
        created_at=START + timedelta(minutes=5),
        author_id=make_user().id,
        author_name=make_user().name,
        text="It is on its way.",
        to=("karl@example.com",),
        delivery=Delivery.QUEUED,
        not_before=START + timedelta(minutes=5, seconds=10),
    )
    return replace(row, **changes)


def make_attachment(**changes: Any) -> Attachment:
    """A picture that Karl sent."""
    row = Attachment(
        id=an_id("attachment"),
        message_id=an_id("message"),
        conversation_id=an_id("conversation"),
        name="parcel.jpg",
        media_type="image/jpeg",
        size=48_000,
        sha256="a" * 64,
    )
    return replace(row, **changes)


def make_file(**changes: Any) -> AttachmentFile:
    """A file to be attached."""
    row = AttachmentFile(
        id=an_id("file"), name="invoice.pdf", media_type="application/pdf", size=90_000, sha256="b" * 64
    )
    return replace(row, **changes)


def make_import(conversation: Conversation, ids: IdSource, raw_blob: str) -> ImportConversation:
    """A conversation of the same customer with one mail, of which the file is named, as it is brought in."""
    message = ImportedMessage(
        id=ids.new(),
        direction=Direction.IN,
        kind=MessageKind.REPLY,
        created_at=START,
        text="It leaks.",
        raw_blob=raw_blob,
    )
    return ImportConversation(
        conversation_id=ids.new(),
        customer_id=conversation.customer_id,
        channel_id=conversation.channel_id,
        subject="Kettle",
        messages=(message,),
    )


def make_pending(**changes: Any) -> Pending:
    """An operation as the outbox has it, which was never sent."""
    item = Pending(
        position=1,
        id=an_id("operation"),
        kind="any",
        version=1,
        payload="",
        created_at=0,
        seen=0,
        group=None,
        number=None,
        epoch=None,
        deaths=0,
        together=False,
    )
    return replace(item, **changes)


def make_read_marker(**changes: Any) -> ReadMarker:
    """How far Anna has read the conversation."""
    user_id, conversation_id = make_user().id, an_id("conversation")
    row = ReadMarker(
        id=read_marker_id(user_id, conversation_id),
        scope=user_scope(user_id),
        conversation_id=conversation_id,
        user_id=user_id,
        read_at=START,
    )
    return replace(row, **changes)


def make_article(**changes: Any) -> Article:
    """A public article about refunds."""
    row = Article(
        id=an_id("article"),
        title="How long a refund takes",
        body="A refund takes **five** days.",
        state=ArticleState.PUBLIC,
        updated_at=START,
    )
    return replace(row, **changes)


def make_article_revision(**changes: Any) -> ArticleRevision:
    """The first version of the article."""
    article = make_article()
    row = ArticleRevision(
        id=an_id("revision"),
        article_id=article.id,
        revision=1,
        title=article.title,
        body=article.body,
        state=article.state,
        created_at=START,
    )
    return replace(row, **changes)


def make_canned_response(**changes: Any) -> CannedResponse:
    """The answer behind /refund."""
    row = CannedResponse(
        id=an_id("canned response"),
        shortcut="refund",
        title="Refund is on its way",
        body='Hello {{ customer.first_name | default: "there" }}, your refund is on its way.',
        updated_at=START,
    )
    return replace(row, **changes)


def make_macro(**changes: Any) -> Macro:
    """A macro that resolves."""
    action = MacroAction(verb=MacroVerb.SET_STATUS, value="solved")
    return replace(Macro(id=an_id("macro"), name="Resolve", actions=(action,)), **changes)


def make_view(**changes: Any) -> View:
    """A view of what is tagged vip."""
    row = View(id=an_id("view"), name="VIP", filter=ConversationFilter(tag="vip"))
    return replace(row, **changes)


def make_operation_result(**changes: Any) -> OperationResult:
    """A rejected reply of Anna."""
    row = OperationResult(
        id=an_id("operation"),
        scope=user_scope(make_user().id),
        kind="message.reply",
        verdict=Verdict.REJECTED,
        reason=Reason.GONE,
        created_at=START,
        conversation_id=an_id("conversation"),
    )
    return replace(row, **changes)


ANNA = make_user()
BEN = make_user(name="Ben Okafor")
SUPERVISOR = make_user(name="Sofia Marin", role=Role.SUPERVISOR)
ADMIN = make_user(name="Ada Admin", role=Role.ADMIN)
SYSTEM = make_user(name="System", role=Role.SYSTEM)


def small_workspace() -> DictRows:
    """Five users, two teams, three channels, two customers, one conversation in which nothing was said yet."""
    return DictRows(
        make_workspace(next_number=2),
        *(ANNA, BEN, SUPERVISOR, ADMIN, SYSTEM),
        make_team(),
        make_team(name="Billing"),
        make_channel(),
        make_channel(kind=ChannelKind.CHAT),
        make_channel(kind=ChannelKind.WHATSAPP),
        make_customer(),
        make_customer(name="Mia Roth"),
        make_identity(),
        make_conversation(),
    )
