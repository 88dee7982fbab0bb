"""Settings: a table of records from which the dialog, the docs and the tests are made."""

from collections.abc import Callable
from enum import StrEnum
from typing import Any, Generic, NamedTuple, TypeVar

from agent_desktop.domain.delivery import MAXIMUM_UNDO_SECONDS
from agent_desktop.services.spelling.languages import LANGUAGES
from agent_desktop.store.settings import SettingStore

T = TypeVar("T")


class SettingGroup(StrEnum):
    """The page of the dialog on which a setting stands; HIDDEN is remembered state."""

    APPEARANCE = "Appearance"
    WRITING = "Writing"
    LISTS = "Lists"
    NOTIFICATIONS = "Notifications"
    HIDDEN = ""


class Setting(NamedTuple, Generic[T]):
    """One setting. `choices` are value and words; `minimum` and `maximum` bound a number, for whose
    minimum `at_minimum` stands.
    """

    name: str
    default: T
    title: str = ""
    help: str = ""
    group: SettingGroup = SettingGroup.HIDDEN
    choices: tuple[tuple[T, str], ...] = ()
    minimum: int = 0
    maximum: int = 0
    at_minimum: str = ""


AS_WORKSPACE = -1
"""A time to undo that is what the workspace has decided."""
SPELLING_OF_SYSTEM, SPELLING_OFF = "system", "off"
THEME: Setting[str] = Setting(
    name="appearance.theme",
    default="system",
    title="Theme",
    help="Light, dark, or as the system has it.",
    group=SettingGroup.APPEARANCE,
    choices=(("system", "Follow the system"), ("light", "Light"), ("dark", "Dark")),
)
REDUCED_MOTION: Setting[bool] = Setting(
    name="appearance.reduced_motion",
    default=False,
    title="Reduce motion",
    help="Show changes at once, without movement.",
    group=SettingGroup.APPEARANCE,
)
UNDO_SECONDS: Setting[int] = Setting(
    name="writing.undo_seconds",
    default=AS_WORKSPACE,
    title="Time to undo a reply (seconds)",
    help="A reply waits this long before it leaves, so that you can call it back. 0: it leaves at once.",
    group=SettingGroup.WRITING,
    minimum=AS_WORKSPACE,
    maximum=MAXIMUM_UNDO_SECONDS,
    at_minimum="As the workspace has it",
)
SIGNATURE: Setting[bool] = Setting(
    name="writing.signature",
    default=True,
    title="Add my signature to e-mail",
    help="Your signature is added below replies by e-mail.",
    group=SettingGroup.WRITING,
)
SPELLING: Setting[str] = Setting(
    name="writing.spelling",
    default=SPELLING_OF_SYSTEM,
    title="Check spelling in",
    help="Words that are not known are underlined; right-click one for suggestions.",
    group=SettingGroup.WRITING,
    choices=(
        (SPELLING_OF_SYSTEM, "The language of this computer"),
        (SPELLING_OFF, "No language (off)"),
        *LANGUAGES.items(),
    ),
)
OWN_WORDS: Setting[list[str]] = Setting(name="writing.own_words", default=[])
"""Words that a person has added to those that are known, in lower case."""
AFTER_SENDING: Setting[str] = Setting(
    name="lists.after_sending",
    default="stay",
    title="After sending and resolving",
    help="Where to go when a conversation is done.",
    group=SettingGroup.LISTS,
    choices=(("stay", "Stay on the conversation"), ("next", "Open the next in the list")),
)
LOCK_AFTER: Setting[int] = Setting(
    name="security.lock_after",
    default=0,
    title="Lock after",
    help="Without a key or the mouse for so long, nothing is shown until you unlock it. Ctrl+Alt+L locks at once.",
    choices=((0, "Never"), (5, "5 minutes"), (15, "15 minutes"), (60, "60 minutes")),
)
LOCK_CODE: Setting[str] = Setting(name="security.lock_code", default="")
"""Salt and what became of the code with it, both in hexadecimal; empty: there is none."""
RECOVERY_KEY_SHOWN: Setting[bool] = Setting(name="security.recovery_key_shown", default=False)
RECOVERY_HINT_PUT_AWAY: Setting[int] = Setting(name="security.recovery_hint_put_away", default=0)
"""How often the hint about the recovery key was put away."""
SHORTCUTS: Setting[dict[str, list[str]]] = Setting(name="keyboard.shortcuts", default={})
WINDOWS: Setting[dict[str, Any]] = Setting(name="windows.geometry", default={})
SORTS: Setting[dict[str, str]] = Setting(name="lists.sorts", default={})
PALETTE_RECENT: Setting[list[str]] = Setting(name="palette.recent", default=[])
PICTURES_OF: Setting[list[str]] = Setting(name="mail.pictures_of", default=[])
"""Ids of customers whose pictures on the internet are loaded unasked, where it is sure that a mail is theirs."""

SETTINGS: tuple[Setting[Any], ...] = (
    THEME,
    REDUCED_MOTION,
    UNDO_SECONDS,
    SIGNATURE,
    SPELLING,
    OWN_WORDS,
    AFTER_SENDING,
    LOCK_AFTER,
    LOCK_CODE,
    RECOVERY_KEY_SHOWN,
    RECOVERY_HINT_PUT_AWAY,
    SHORTCUTS,
    WINDOWS,
    SORTS,
    PALETTE_RECENT,
    PICTURES_OF,
)


class SettingsService:
    """Values of settings, held in memory and stored as they are set."""

    def __init__(self, store: SettingStore) -> None:
        self._store = store
        self._values = store.all()
        self._listeners: list[Callable[[str], None]] = []

    def get(self, setting: Setting[T]) -> T:
        """The value, or the default."""
        stored = self._values.get(setting.name)
        return stored if isinstance(stored, type(setting.default)) else setting.default

    def set(self, setting: Setting[T], value: T) -> None:
        """Store a value."""
        self._values[setting.name] = value
        self._store.set(setting.name, value)
        for listener in self._listeners:
            listener(setting.name)

    def subscribe(self, listener: Callable[[str], None]) -> None:
        """Call `listener` with the name of each setting that changes."""
        self._listeners.append(listener)
