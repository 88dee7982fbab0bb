"""The list of everything that is replicated; tables, wire and scans are made from it."""

from agent_desktop.domain.conversation import Conversation, ReadMarker
from agent_desktop.domain.customer import Customer, Identity, Organization
from agent_desktop.domain.draft import DraftCopy
from agent_desktop.domain.knowledge import Article, ArticleRevision, CannedResponse, Macro
from agent_desktop.domain.message import Attachment, Message
from agent_desktop.domain.policy import Policy
from agent_desktop.domain.result import OperationResult
from agent_desktop.domain.rows import Entity
from agent_desktop.domain.view import View
from agent_desktop.domain.workspace import Channel, CustomRole, Tag, Team, User, Workspace

ENTITIES: tuple[type[Entity], ...] = (
    Workspace,
    Policy,
    CustomRole,
    User,
    Team,
    Channel,
    Tag,
    View,
    CannedResponse,
    Macro,
    Article,
    ArticleRevision,
    Organization,
    Customer,
    Identity,
    Conversation,
    Message,
    Attachment,
    ReadMarker,
    DraftCopy,
    OperationResult,
)
"""Every entity, in the order in which a first sync fetches them."""

ENTITY_BY_TABLE = {entity.table: entity for entity in ENTITIES}
