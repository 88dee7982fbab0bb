"""A desk for tests of what the services ask the store."""

from tests.desk_fixture import desk, desk_template, office

__all__ = ["desk", "desk_template", "office"]
