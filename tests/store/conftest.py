"""A desk for tests of what the services ask the store; and no test of the store may count on what Windows refuses."""

from tests.desk_fixture import desk, desk_template, office
from tests.windows_files import windows_rules

__all__ = ["desk", "desk_template", "office", "windows_rules"]
