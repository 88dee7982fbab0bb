"""Who may do and see what: the one predicate that operations, routes, feeds, files and commands ask."""

from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

from agent_desktop.domain.conversation import Conversation
from agent_desktop.domain.ids import Id
from agent_desktop.domain.permissions import BUILT_IN, GRANTABLE, Permission
from agent_desktop.domain.rows import Entity, Rows
from agent_desktop.domain.workspace import CustomRole, Role, User

SYSTEM_ID: Id = "0" * 32
"""The actor of what the server does by itself."""
_ADMINISTERS = frozenset({Permission.USERS_MANAGE, Permission.ROLES_MANAGE})


@dataclass(frozen=True, slots=True, kw_only=True)
class Actor:
    """Somebody with everything that they may do.

    `held` is what they may do everywhere, `grants` what else in one team or channel, by its id. `scopes` are those
    whose rows they may see; None: all that there are, as on a client, which has no others.
    """

    user_id: Id
    held: frozenset[Permission]
    grants: Mapping[Id, frozenset[Permission]] = field(default_factory=dict)
    scopes: Collection[str] | None = None

    def may(self, permission: Permission | None, row: Entity | None = None) -> bool:
        """Whether this actor may do something; to this row, when it is given. Everybody may do None."""
        if permission is None or permission in self.held:
            return True
        return any(permission in self.grants.get(place, ()) for place in _places(row))

    def may_give(self, permissions: Iterable[Permission]) -> bool:
        """Whether this actor may give and take all of these: nobody gives more than they hold themselves."""
        return self.held.issuperset(permissions)

    @property
    def is_system(self) -> bool:
        """Whether the server itself acts."""
        return Permission.SYSTEM in self.held

    @property
    def administers(self) -> bool:
        """Whether this actor can let others in again who were locked out."""
        return self.held >= _ADMINISTERS


def _places(row: Entity | None) -> tuple[Id, ...]:
    """The team and the channel that a row belongs to."""
    if isinstance(row, Conversation):
        return (row.channel_id,) if row.team_id is None else (row.team_id, row.channel_id)
    return ()


def sees(held: Collection[str], scope: str) -> bool:
    """Whether somebody who sees these scopes may see what is in a scope, which may name several."""
    return scope in held or ("+" in scope and any(part in held for part in scope.split("+")))


SYSTEM_ACTOR = Actor(user_id=SYSTEM_ID, held=BUILT_IN[Role.SYSTEM])
"""The server itself."""


def actor_of(rows: Rows, user: User, scopes: Collection[str] | None = None) -> Actor:
    """The user as an actor, with the roles as they are among these rows."""
    grants: dict[Id, frozenset[Permission]] = {}
    for grant in user.grants:
        more = _held(rows, grant.role, grant.custom_role_id)
        grants[grant.place_id] = grants.get(grant.place_id, frozenset()) | more
    held = _held(rows, user.role, user.custom_role_id)
    return Actor(user_id=user.id, held=held, grants=grants, scopes=scopes)


def everything_of(actor: Actor) -> frozenset[Permission]:
    """What somebody may do anywhere."""
    return actor.held.union(*actor.grants.values())


def _held(rows: Rows, role: Role, custom_role_id: Id | None) -> frozenset[Permission]:
    """What a role holds. A custom one that is gone or out of use holds nothing."""
    if custom_role_id is None:
        return BUILT_IN[role]
    custom = rows.get(CustomRole, custom_role_id)
    return permissions_named(custom.permissions) if custom is not None and custom.active else frozenset()


def is_administrator(role: Role, custom_role_id: Id | None) -> bool:
    """Whether a built-in role lets others in who were locked out. One of the workspace's own may change, so it does
    not count for those who only look at a form.
    """
    return not custom_role_id and BUILT_IN[role] >= _ADMINISTERS


def permissions_named(names: Iterable[str]) -> frozenset[Permission]:
    """The permissions of these names that may be granted; a newer version may know more."""
    wanted = set(names)
    return frozenset(permission for permission in GRANTABLE if permission.value in wanted)
