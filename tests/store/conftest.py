"""A desk for tests of what the services ask the store."""

from tests.desk_fixture import desk_template

__all__ = ["desk_template"]
