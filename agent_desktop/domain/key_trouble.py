"""Why the key of a profile is not at hand. Each has a sentence: what is kept, and what can be done."""

from enum import StrEnum

from agent_desktop.domain.errors import StoreError


class KeyTrouble(StrEnum):
    """What stands between a person and an encrypted profile, or one that is to be encrypted."""

    UNDECIDED = "undecided"
    NO_CIPHER = "no_cipher"
    NO_KEYCHAIN = "no_keychain"
    LOCKED = "locked"
    SILENT = "silent"
    REFUSED = "refused"
    LOST = "lost"
    WRONG = "wrong"
    UNREADABLE = "unreadable"
    PASSPHRASE = "passphrase"  # noqa: S105 - what it is called
    WRONG_PASSPHRASE = "wrong_passphrase"  # noqa: S105 - what it is called
    LEASE_OVER = "lease_over"
    CLOCK = "clock"
    WIPED = "wiped"


SENTENCES: dict[KeyTrouble, str] = {
    KeyTrouble.UNDECIDED: "This computer has no keychain that could keep the key of your data. Choose a passphrase,"
    " which is asked for at each start, or leave the data as it is: readable by whoever gets at this computer's disk.",
    KeyTrouble.NO_CIPHER: "Your data is encrypted, and this installation lacks what reads it. Install Agent Desktop"
    " again with all its packages. Nothing was changed.",
    KeyTrouble.NO_KEYCHAIN: "The key of your data is in a keychain, and there is none here now. Start the keychain of"
    " this system, then try again. Nothing was changed.",
    KeyTrouble.LOCKED: "The keychain of this computer is locked. Unlock it, then try again. Nothing was changed.",
    KeyTrouble.SILENT: "The keychain of this computer does not answer. Look whether it asks for something, then try"
    " again. Nothing was changed.",
    KeyTrouble.REFUSED: "The keychain of this computer refused to work. Nothing was changed.",
    KeyTrouble.LOST: "The key of your data is no longer in the keychain of this computer. Nothing was deleted: with"
    " the key everything can be read again.",
    KeyTrouble.WRONG: "The keychain has another key than that of this profile. Nothing was deleted: with the right"
    " key everything can be read again.",
    KeyTrouble.UNREADABLE: "The note of how the key of your data is kept is damaged. Nothing was deleted: with the key"
    " everything can be read again.",
    KeyTrouble.PASSPHRASE: "Type the passphrase of this profile.",
    KeyTrouble.WRONG_PASSPHRASE: "This is not the passphrase. Nothing was changed; try again.",
    KeyTrouble.LEASE_OVER: "This profile may be used without its server for some days only, and these are over."
    " Connect to the network and sign in. Everything you wrote is kept.",
    KeyTrouble.CLOCK: "The clock of this computer is behind the time at which this profile was last used. Set it right"
    " and try again, or sign in. Everything you wrote is kept.",
    KeyTrouble.WIPED: "The data of this profile was removed from this computer, for an administrator of"
    " its server asked for it. What had reached the server is there still. To work here again, start the program anew"
    " and connect.",
}


class KeyProblem(StoreError):
    """The key is not at hand; a problem of the key, never of the files, which stay as they are."""

    def __init__(self, trouble: KeyTrouble, detail: str = "") -> None:
        super().__init__(SENTENCES[trouble], detail)
        self.trouble = trouble
