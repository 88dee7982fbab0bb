"""What a role is made of: everything that may be granted, in words for people, and what the built-in roles hold.

Only this module and `access` know roles by name; everything else asks for a permission.
"""

from collections.abc import Mapping
from enum import StrEnum
from typing import NamedTuple

from agent_desktop.domain.workspace import Role


class Permission(StrEnum):
    """One thing that somebody may do or see."""

    CONVERSATION_READ_ALL = "conversation.read_all"
    CONVERSATION_REPLY = "conversation.reply"
    CONVERSATION_NOTE = "conversation.note"
    CONVERSATION_EDIT = "conversation.edit"
    CONVERSATION_ASSIGN = "conversation.assign"
    CONVERSATION_MERGE = "conversation.merge"
    CALL_LOG = "call.log"
    CUSTOMER_READ = "customer.read"
    CUSTOMER_EDIT = "customer.edit"
    CUSTOMER_MERGE = "customer.merge"
    CUSTOMER_EXPORT = "customer.export"
    CUSTOMER_ERASE = "customer.erase"
    KNOWLEDGE_EDIT = "knowledge.edit"
    CANNED_EDIT = "canned.edit"
    MACRO_EDIT = "macro.edit"
    VIEW_SHARE = "view.share"
    IMPORT = "import"
    EXPORT = "export"
    USERS_MANAGE = "users.manage"
    ROLES_MANAGE = "roles.manage"
    TEAMS_MANAGE = "teams.manage"
    CHANNELS_MANAGE = "channels.manage"
    DEVICES_MANAGE = "devices.manage"
    WORKSPACE_MANAGE = "workspace.manage"
    RETENTION_MANAGE = "retention.manage"
    AUDIT_READ = "audit.read"
    METRICS_READ = "metrics.read"
    REVIEW = "review"
    PRIVATE_READ = "private.read"
    SYSTEM = "system"
    """What only the server itself does. No role holds it, and nobody can be given it."""


class Wording(NamedTuple):
    """A permission for the screen: a title, and a sentence of what it allows."""

    title: str
    explanation: str


WORDS: Mapping[Permission, Wording] = {
    Permission.CONVERSATION_READ_ALL: Wording(
        "Read all conversations",
        "Without it, one sees what one is assigned to and what one's own teams and channels have.",
    ),
    Permission.PRIVATE_READ: Wording(
        "Read private teams and channels", "See the conversations of private ones without belonging to them."
    ),
    Permission.CONVERSATION_REPLY: Wording("Reply", "Begin conversations and answer customers."),
    Permission.CONVERSATION_NOTE: Wording("Write notes", "Write internal notes that customers never see."),
    Permission.CONVERSATION_EDIT: Wording(
        "Work on conversations", "Change status, priority, tags and subject, and snooze."
    ),
    Permission.CONVERSATION_ASSIGN: Wording("Assign", "Give conversations to people and teams."),
    Permission.CONVERSATION_MERGE: Wording("Merge conversations", "Make one conversation of several."),
    Permission.CALL_LOG: Wording("Log calls", "Write telephone calls down."),
    Permission.CUSTOMER_READ: Wording(
        "See all customers", "Without it, one sees only the customers of conversations that are one's own."
    ),
    Permission.CUSTOMER_EDIT: Wording("Edit customers", "Add customers, and change what is known of them."),
    Permission.CUSTOMER_MERGE: Wording(
        "Merge customers", "Treat two customers as one person, and take them apart again."
    ),
    Permission.CUSTOMER_EXPORT: Wording(
        "Hand out a customer's data", "Save everything that is kept of one customer to a file."
    ),
    Permission.CUSTOMER_ERASE: Wording(
        "Erase customers",
        "Remove everything that is kept of one customer, on every computer. Cannot be undone.",
    ),
    Permission.KNOWLEDGE_EDIT: Wording("Edit articles", "Write and change articles of the knowledge base."),
    Permission.CANNED_EDIT: Wording("Edit shared answers", "Change prepared answers that others use, too."),
    Permission.MACRO_EDIT: Wording("Edit shared macros", "Change macros that others use, too."),
    Permission.VIEW_SHARE: Wording("Share views", "Change views that others see, too."),
    Permission.IMPORT: Wording("Import", "Bring in mail and files from elsewhere."),
    Permission.EXPORT: Wording("Export", "Save lists and conversations to files."),
    Permission.USERS_MANAGE: Wording(
        "Manage people", "Invite people, change their roles and teams, and disable them."
    ),
    Permission.ROLES_MANAGE: Wording("Manage roles", "Make roles, of what one may do oneself."),
    Permission.TEAMS_MANAGE: Wording("Manage teams", "Add, rename, close and hide teams."),
    Permission.CHANNELS_MANAGE: Wording("Manage channels", "Add, set up, close and hide channels."),
    Permission.DEVICES_MANAGE: Wording(
        "Manage devices", "See everybody's devices, sign them out and wipe them."
    ),
    Permission.WORKSPACE_MANAGE: Wording("Manage the workspace", "Change its name and its settings."),
    Permission.RETENTION_MANAGE: Wording("Manage retention", "Decide how long what is kept."),
    Permission.AUDIT_READ: Wording("Read the audit log", "See who did what that matters for security."),
    Permission.METRICS_READ: Wording("See metrics", "See how the team and the server are doing."),
    Permission.REVIEW: Wording("Review answers", "Rate the work of colleagues."),
}
"""Everything that may be granted, in the order in which a screen shows it."""

GRANTABLE = frozenset(WORDS)

ADMINISTRATION = (
    Permission.USERS_MANAGE,
    Permission.ROLES_MANAGE,
    Permission.TEAMS_MANAGE,
    Permission.CHANNELS_MANAGE,
    Permission.DEVICES_MANAGE,
    Permission.WORKSPACE_MANAGE,
    Permission.RETENTION_MANAGE,
    Permission.AUDIT_READ,
    Permission.CUSTOMER_EXPORT,
    Permission.CUSTOMER_ERASE,
)
"""Each of these opens a page of the screen of administration."""

_FIELD = frozenset(
    {
        Permission.CONVERSATION_REPLY,
        Permission.CONVERSATION_NOTE,
        Permission.CONVERSATION_EDIT,
        Permission.CALL_LOG,
    }
)
_AGENT = _FIELD | {
    Permission.CONVERSATION_READ_ALL,
    Permission.CONVERSATION_ASSIGN,
    Permission.CONVERSATION_MERGE,
    Permission.CUSTOMER_READ,
    Permission.CUSTOMER_EDIT,
    Permission.CUSTOMER_MERGE,
    Permission.KNOWLEDGE_EDIT,
    Permission.CANNED_EDIT,
    Permission.MACRO_EDIT,
    Permission.VIEW_SHARE,
}
_SUPERVISOR = _AGENT | {
    Permission.PRIVATE_READ,
    Permission.IMPORT,
    Permission.EXPORT,
    Permission.CUSTOMER_EXPORT,
    Permission.USERS_MANAGE,
    Permission.TEAMS_MANAGE,
    Permission.CHANNELS_MANAGE,
    Permission.METRICS_READ,
    Permission.REVIEW,
}

BUILT_IN: Mapping[Role, frozenset[Permission]] = {
    Role.AGENT: _AGENT,
    Role.FIELD: _FIELD,
    Role.SUPERVISOR: _SUPERVISOR,
    Role.REVIEWER: frozenset(
        {
            Permission.CONVERSATION_READ_ALL,
            Permission.CONVERSATION_NOTE,
            Permission.CUSTOMER_READ,
            Permission.REVIEW,
        }
    ),
    Role.ADMIN: GRANTABLE,
    Role.AUDITOR: frozenset(
        {
            Permission.CONVERSATION_READ_ALL,
            Permission.PRIVATE_READ,
            Permission.CUSTOMER_READ,
            Permission.AUDIT_READ,
            Permission.METRICS_READ,
        }
    ),
    Role.SYSTEM: frozenset(Permission),
}
"""What the roles hold that every workspace has."""

GIVEN_ROLES = tuple(role for role in BUILT_IN if role is not Role.SYSTEM)
"""The built-in roles that people may have."""
