"""Makes a profile aside and puts it in place at the end, so that a broken-off start leaves none."""

import shutil
from collections.abc import Iterator
from contextlib import contextmanager

from agent_desktop.profile import Profile
from agent_desktop.store.disk import replace


@contextmanager
def staged(profile: Profile) -> Iterator[Profile]:
    """A profile beside this one to be filled; its files come here when nothing was raised.

    `work.db`, by which a profile is known to exist, comes last.
    """
    folder = profile.folder.resolve()
    making = Profile(folder.with_name(f"{folder.name}.partial"))
    shutil.rmtree(making.folder, ignore_errors=True)
    making.folder.mkdir(parents=True)
    try:
        yield making
        profile.folder.mkdir(parents=True, exist_ok=True)
        for source, target in (
            (making.server_db, profile.server_db),
            (making.replica_db, profile.replica_db),
            (making.work_db, profile.work_db),
        ):
            if source.exists():  # a team's profile has no server of its own
                replace(source, target)
    finally:
        shutil.rmtree(making.folder, ignore_errors=True)
