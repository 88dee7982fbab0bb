"""Removes a profile whose key was destroyed: every file of it, wherever the program puts any."""

from agent_desktop.domain.errors import StoreError
from agent_desktop.profile import Profile
from agent_desktop.services.outside_files import remove_copies
from agent_desktop.store.disk import overwrite_and_remove
from agent_desktop.store.key_file import NAMES, KeyNote, Protection


def remove_profile(profile: Profile, note: KeyNote) -> bool:
    """Remove the files, and tell the server. False while it could not be told: the note of it has to stay.

    Raises StoreError when a file cannot be removed.
    """
    folder = profile.folder
    try:
        for path in sorted(folder.rglob("*"), reverse=True):
            if path.parent == folder and (path.name in NAMES or path == profile.lock):
                continue
            if path.is_dir() and not path.is_symlink():
                path.rmdir()
            elif note.protection is Protection.NONE and not path.is_symlink():
                overwrite_and_remove(path)
            else:
                path.unlink(missing_ok=True)
    except OSError as error:
        raise StoreError(
            "Not all files of this profile could be removed. Start Agent Desktop again; nothing in them can be read.",
            str(error),
        ) from error
    remove_copies(folder)
    if not note.receipt:
        return True
    # Who has nothing to tell needs none of the network.
    from sync.client.address import ServerAddress
    from sync.client.orders import tell_wiped

    return tell_wiped(ServerAddress.parse(note.server), note.device_id, note.receipt)
