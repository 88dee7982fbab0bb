"""A desk for tests of what the services ask the store; and no test of the store may count on what Windows refuses."""

from collections.abc import Iterator

import pytest

from tests.desk_fixture import desk, desk_template, office
from tests.windows_files import files_as_on_windows

__all__ = ["desk", "desk_template", "office"]


@pytest.fixture(autouse=True)
def windows() -> Iterator[None]:
    with files_as_on_windows():
        yield
