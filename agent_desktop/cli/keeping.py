"""Gets the key of a profile before its files are opened, and encrypts those that were made without one."""

import datetime
import threading
from collections.abc import Callable
from contextlib import closing
from functools import cached_property
from pathlib import Path
from typing import TYPE_CHECKING

from agent_desktop.domain.clock import Clock, SystemClock
from agent_desktop.domain.errors import InputError, StoreError
from agent_desktop.domain.key_trouble import KeyProblem, KeyTrouble
from agent_desktop.profile import Profile
from agent_desktop.store import crypto
from agent_desktop.store.data_key import DataKey
from agent_desktop.store.key_file import KeyFile, KeyNote, Protection
from agent_desktop.store.lock import ProfileLock

if TYPE_CHECKING:
    from agent_desktop.cli.escrow import SignIn
    from agent_desktop.services.vault import Cost, KeyShelf, Vault
    from sync.client.browser import BrowserSignIn
    from sync.client.early import Early
    from sync.protocol.messages import SignedIn
    from sync.protocol.orders import Orders

Progress = Callable[[str], None]
NO_ESCROW = (
    "The server has no key for this computer. It is given out only where it came from; use the recovery key, if you"
    " wrote it down."
)
WRONG_RECOVERY_KEY = "This is not a recovery key: look whether every letter is as you wrote it down."
_NOT_RENEWED = "This profile has no new key yet; it is tried again at the next start."
_KIND, _DEMO = "profile.kind", "demo"


def system_shelf() -> "KeyShelf":
    """The keychain of this system."""
    # To load it takes longer than to show the first list; who wants no encryption never needs it.
    from sync.client.keychain import SystemShelf

    return SystemShelf()


class Keeper:
    """The key of one profile for one run of the program; a `ProfileKeys`. Thread-safe.

    With `asks` a profile for which nothing was decided is encrypted where there is a keychain, and otherwise the person
    is asked; commands, which cannot ask, leave such a profile as it is.
    """

    def __init__(
        self,
        profile: Profile,
        shelf: "Callable[[], KeyShelf]" = system_shelf,
        *,
        asks: bool = False,
        cost: "Cost | None" = None,
        clock: Clock | None = None,
    ) -> None:
        self._profile = profile
        self._file = KeyFile(profile.folder)
        self._shelf = shelf
        self._cost = cost
        self._asks = asks
        self._clock = clock or SystemClock()
        self._lock = threading.RLock()
        self._key: DataKey | None = None
        self._held = False
        self._wished = False
        """Whether a new key was asked for in this run, in which files are open."""
        self._early: Early[DataKey | None] | None = None
        self._passphrase = ""
        self._waiting: BrowserSignIn | None = None
        self.progress: Progress = lambda words: None
        """Told what takes long, on any thread."""
        self.let_go: Callable[[], object] = lambda: None
        """Closes what the program keeps open in the folder, which is about to be removed or renamed."""
        self.contact: Orders | None = None
        """What the server said when somebody signed in to open the profile."""
        self.signed_in: SignedIn | None = None
        """The tokens of that sign-in."""
        self.notice = ""
        """What the person should be told of what was done; empty when there is nothing."""

    @classmethod
    def holding(cls, profile: Profile, key: DataKey | None) -> "Keeper":
        """For a profile that is being made with a key, and has no note of it yet."""
        keeper = cls(profile)
        keeper._key, keeper._held = key, True
        return keeper

    @cached_property
    def _vault(self) -> "Vault":
        # Where everything is readable, nobody needs it.
        from agent_desktop.services.vault import Vault

        return Vault(self._file, self._shelf, self._cost)

    # ----- opening

    def begin(self) -> None:
        """Ask the keychain on another thread, where that has to be asked: while a window is being loaded."""
        if self.protection is Protection.KEYCHAIN:
            # Who has none to ask needs no thread.
            from sync.client.early import Early

            self._early = Early(self._vault.unlock)

    def key(self) -> DataKey | None:
        """The key, once everything is encrypted with it; None where everything is readable.

        The profile must be locked against other programs. Raises KeyProblem, and StoreError.
        """
        with self._lock:
            if self._held:
                return self._key
            if self._early is not None:
                self._early.wait()  # it may write the note, which Windows refuses while that is read
            self._finish_what_was_begun()
            if self._key is None:
                self._key = self._kept_key(self._file.read())
            if self._key is not None:
                self._encrypt(self._key)
                self._key = self._renewed(self._key)
            return self._key

    def _renewed(self, key: DataKey) -> DataKey:
        """The key of the profile, once it has the new one that somebody wanted, and nothing is left under another."""
        note = self._file.read()
        if note is None or not self._profile.exists or not (note.renew or note.former or self._was_begun()):
            return key
        # Hardly any start needs it.
        from agent_desktop.cli import renewing

        if note.renew and not note.former and not self._wished:
            try:
                key = renewing.begin(self._profile, self._vault, key, self._passphrase, self.progress)
            except (KeyProblem, StoreError) as problem:
                self.notice = f"{_NOT_RENEWED} {problem.sentence}"
                return key
        self._key = key  # it counts already, whatever is left to do
        if renewing.finish(self._profile, self._vault, key, self.progress):
            self.notice = renewing.RENEWED
        return key

    def _was_begun(self) -> bool:
        return any(self._profile.folder.glob("*.db.new-key*"))

    def _kept_key(self, note: KeyNote | None) -> DataKey | None:
        if note is None:
            return self._first_key()
        if note.protection is Protection.NONE:
            return None
        early, self._early = self._early, None
        return self._vault.unlock(self._passphrase) if early is None else early.result()

    def key_of_new_profile(self, server: str = "") -> DataKey | None:
        """A key for a profile that is about to be made. None where there is no keychain: that is asked at its start."""
        with self._lock:
            try:
                if self._file.read() is None and crypto.is_available():
                    self._key = self._vault.make(Protection.KEYCHAIN, server=server)
            except KeyProblem:
                return None
            return self._key

    def _first_key(self) -> DataKey | None:
        """Nothing was decided for this profile yet: it was made before there was a choice, or without a keychain."""
        if not self._asks or not crypto.is_available() or self.is_demo:
            return None
        try:
            return self._vault.make(Protection.KEYCHAIN, server=self._server_of_plain_profile())
        except KeyProblem as problem:
            if problem.trouble is KeyTrouble.NO_KEYCHAIN:
                raise KeyProblem(KeyTrouble.UNDECIDED) from problem
            raise

    def _encrypt(self, key: DataKey) -> None:
        from agent_desktop.store.encrypting import encrypt_databases, is_plain_in_part

        profile = self._profile
        databases = [profile.replica_db, profile.server_db, profile.work_db]
        if not profile.exists or not is_plain_in_part(databases):
            return
        if crypto.is_plain(profile.work_db):
            self.notice = self._mended()
        encrypt_databases(databases, key, self.progress, replaceable=profile.replica_db)

    def _mended(self) -> str:
        """Have a plain work file that is damaged mended first: then everything that can be read is encrypted."""
        from agent_desktop.store.client import open_work_file

        database, notice = open_work_file(self._profile.work_db, None)
        database.close()
        return notice

    @property
    def is_demo(self) -> bool:
        """Whether everybody in it is invented; not where it is encrypted."""
        return self._setting(_KIND) == _DEMO

    def _server_of_plain_profile(self) -> str:
        return self._setting("server.url")

    def _setting(self, name: str) -> str:
        """A setting of a work file that is still plain; empty where it cannot be read."""
        if not crypto.is_plain(self._profile.work_db):
            return ""
        import json

        with closing(crypto.connect(self._profile.work_db, None)) as connection:
            try:
                found = connection.execute("SELECT value FROM setting WHERE name = ?", (name,)).fetchone()
            except crypto.driver_errors():
                return ""
        return str(json.loads(found[0])) if found else ""

    # ----- what a window asks for

    @property
    def server(self) -> str:
        """The address of the server that has the key in escrow; empty where there is none."""
        note = self._note()
        return "" if note is None else note.server

    @property
    def protection(self) -> Protection | None:
        """How the key is kept; None while nothing was decided."""
        note = self._note()
        return None if note is None else note.protection

    @property
    def recovery_key(self) -> str:
        """The key as it can be written down; empty while it is not at hand."""
        return "" if self._key is None else self._key.recovery_text

    def type_passphrase(self, text: str) -> None:
        """Use this when the profile is opened next. A recovery key will do, too."""
        with self._lock:
            self._passphrase = text
            key = DataKey.of_recovery_text(text)
            if key is not None:
                self._use(key)

    def decide(self, protection: Protection, passphrase: str = "") -> None:
        """Keep the key in this way from now on; where there is none yet, make one, or none."""
        with self._lock:
            note = self._file.read()
            if note is None or note.protection is Protection.NONE:
                self._key = self._vault.make(
                    protection, passphrase, server=self.server or self._server_of_plain_profile()
                )
            elif self._key is None:
                raise KeyProblem(KeyTrouble.LOST)
            elif protection is Protection.NONE:
                raise InputError("What is encrypted stays so. To have it readable, export it.")
            else:
                self._vault.wrap(self._key, protection, passphrase)

    @property
    def is_renewing(self) -> bool:
        """Whether the profile gets a new key at its next start."""
        note = self._note()
        return note is not None and note.renew

    def renew(self) -> None:
        """Have the profile get a new key at its next start, when nothing of it is open."""
        with self._lock:
            if self._key is None:
                raise KeyProblem(KeyTrouble.LOST)
            self._vault.want_renewal()
            self._wished = True

    def renew_at_once(self) -> None:
        """The same now, where nothing of the profile is open. Raises InputError in words when it was left as it is."""
        with self._lock:
            self.renew()
            self._wished = False
            self.key()
            if self.is_renewing:
                raise InputError(self.notice)

    def use_recovery_key(self, text: str) -> None:
        """Take the key from what was written down, and keep it here again."""
        key = DataKey.of_recovery_text(text)
        if key is None:
            raise InputError(WRONG_RECOVERY_KEY)
        with self._lock:
            self._use(key)

    def sign_in(self, email: str, password: str, code: str = "") -> None:
        """Take the key from the server's escrow, and keep it here again; the lease begins anew."""
        # Who has the key needs none of the network.
        from agent_desktop.cli.escrow import by_password

        self._sign_in(by_password(email, password, code))

    def sign_in_with_browser(self, email: str, open_page: Callable[[str], object]) -> None:
        """The same in the browser: waits for the person, two minutes at most."""
        from agent_desktop.cli.escrow import by_browser

        def begun(attempt: "BrowserSignIn") -> None:
            self._waiting = attempt

        try:
            self._sign_in(by_browser(email, open_page, begun))
        finally:
            self._waiting = None

    def cancel_sign_in(self) -> None:
        """Let `sign_in_with_browser` end, from another thread."""
        if (waiting := self._waiting) is not None:
            waiting.cancel()

    def _sign_in(self, by: "SignIn") -> None:
        note = self._note()
        if note is None or not note.server:
            raise InputError(NO_ESCROW)
        from agent_desktop.cli.escrow import from_escrow

        found = from_escrow(note, by)
        with self._lock:
            self.contact, self.signed_in = found.orders, found.signed_in
            if found.orders.wipe:
                self.begin_wipe(found.signed_in.device_id, found.orders.receipt)
                raise KeyProblem(KeyTrouble.WIPED)
            if self._key is None:
                if found.key is None:
                    raise InputError(NO_ESCROW)
                self._use(found.key)

    # ----- the server's orders

    @property
    def is_wiping(self) -> bool:
        """Whether the profile is being removed."""
        note = self._note()
        return note is not None and note.wiping

    def escrow(self, device_id: str, deposit: Callable[[str], None]) -> None:
        """Have the server keep the key, unless it does so already. `deposit` gets it in hexadecimal."""
        note = self._note()
        if self._key is not None and note is not None and note.device_id != device_id:
            deposit(self._key.secret.hex())
            with self._lock:
                self._vault.note_escrow(device_id)

    def begin_wipe(self, device_id: str, receipt: str, server: str = "") -> None:
        """Destroy the key. Whatever happens from here on, nothing can be read any more, and the next start goes on."""
        with self._lock:
            self._vault.begin_wipe(device_id, receipt, server)
            self._key = None

    def finish_wipe(self) -> None:
        """Remove the files of the profile, which nobody may have open, and tell the server. May be repeated."""
        from agent_desktop.cli.wiping import remove_profile

        with self._lock:
            if not self.is_wiping:
                return
            self._vault.begin_wipe()  # where that was broken off, the key may be there still
            note = self._file.read()
            self.let_go()
            if note is not None and remove_profile(self._profile, note):
                self._vault.end_wipe()

    def _finish_what_was_begun(self) -> None:
        if self.is_wiping:
            self.finish_wipe()
            raise KeyProblem(KeyTrouble.WIPED)

    def put_aside(self) -> Path:
        """Rename the folder of the profile, so that a new one can be made; where everything is now."""
        lock = ProfileLock(self._profile.lock)
        lock.take()
        lock.release()
        folder, day = self._profile.folder, self._clock.now().astimezone(datetime.UTC)
        aside = _free(folder.with_name(f"{folder.name}.sealed-{day:%Y-%m-%d}"))
        self.let_go()
        try:
            folder.rename(aside)
        except OSError as error:
            raise StoreError(
                "The folder of this profile could not be renamed. Close other programs that use it.",
                str(error),
            ) from error
        return aside

    def _use(self, key: DataKey) -> None:
        """Go on with a key that came from elsewhere. It is kept here again, where that is possible."""
        note = self._file.read()
        if note is None or key.check != note.check:
            raise KeyProblem(KeyTrouble.WRONG)
        self._key = key
        if note.protection is Protection.KEYCHAIN:
            try:
                self._vault.wrap(key, Protection.KEYCHAIN)
            except KeyProblem:
                self.notice = "The key could not be kept in the keychain: you will be asked for it again."

    def _note(self) -> KeyNote | None:
        try:
            return self._file.read()
        except KeyProblem:
            return None


def _free(path: Path) -> Path:
    number, free = 1, path
    while free.exists():
        number += 1
        free = path.with_name(f"{path.name}-{number}")
    return free
