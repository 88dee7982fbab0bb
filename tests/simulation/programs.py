"""The programs on the computers: the one of today, and one of before."""

from contextlib import closing
from functools import cache

from tests.simulation.memory import image_of, opened
from tests.sync.files import TEMPLATES
from tests.sync.older import OlderFile, older_schema

OLDER_SCHEMA = older_schema()
OLDER_FILE = OlderFile(opened(image_of(TEMPLATES.new_replica())))


@cache
def new_replica(*, is_older: bool) -> bytes:
    """The image of an empty replica of this program, or of the one before."""
    image = image_of(TEMPLATES.new_replica())
    if not is_older:
        return image
    with closing(opened(image)) as connection:
        OLDER_FILE.make_of(connection)
        return connection.serialize()
