"""What tests of widgets share: a theme on the application, a desk with real files, and a window's services."""

from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

import pytest
from PySide6.QtCore import QCoreApplication, QEvent
from PySide6.QtWidgets import QApplication

from tests.ui.desks import DeskWorld, make_template, make_world
from tests.ui.fakes import RecordingNavigator, RecordingPrompts
from ui.context import UiContext
from ui.pictures import PictureReader
from ui.relay import Relay
from ui.tasks import InlineTasks
from ui.theme import ThemeManager, ThemeMode
from ui.viewmodels.draft_book import DraftBook
from ui.viewmodels.draft_sharer import DraftSharer


@pytest.fixture(scope="session", autouse=True)
def application(qapp: QApplication) -> QApplication:
    """For every test here, whichever a worker begins with: without one, Qt ends the process where it needs fonts."""
    return qapp


@pytest.fixture
def themes(qapp: QApplication) -> Iterator[ThemeManager]:
    """The light theme, independent of the machine."""
    manager = ThemeManager(qapp, ThemeMode.LIGHT)
    yield manager
    # What the test closed is waiting for an event loop to be deleted in; every theme to come would style it again.
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    manager.set_text_scale(100)
    manager.deleteLater()


@pytest.fixture(scope="session")
def profile_template(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A profile to make copies of."""
    return make_template(tmp_path_factory.mktemp("desk"))


@pytest.fixture
def world(tmp_path: Path, profile_template: Path) -> Iterator[DeskWorld]:
    """A desk to work at."""
    world = make_world(tmp_path, profile_template)
    yield world
    world.close()


@dataclass
class Room:
    """A context as a window makes it, with a navigator and prompts that only record."""

    world: DeskWorld
    context: UiContext
    tasks: InlineTasks
    navigator: RecordingNavigator
    prompts: RecordingPrompts


@pytest.fixture
def room(world: DeskWorld, themes: ThemeManager) -> Iterator[Room]:
    """The services of a window around the desk; all work is done at once."""
    tasks = InlineTasks()
    changes, sync_changes, draft_changes, presence_changes = Relay(), Relay(), Relay(), Relay()
    world.desk.changes.subscribe(changes.send)
    world.desk.sync.subscribe(sync_changes.send)
    world.desk.drafts.subscribe(draft_changes.send)
    world.desk.presence.subscribe(presence_changes.send)
    navigator, prompts = RecordingNavigator(), RecordingPrompts()
    context = UiContext(
        desk=world.desk,
        tasks=tasks,
        changes=changes,
        sync_changes=sync_changes,
        draft_changes=draft_changes,
        presence_changes=presence_changes,
        drafts=DraftBook(world.desk.drafts, tasks, world.clock),
        sharer=DraftSharer(world.desk, tasks, draft_changes),
        theme=themes,
        prompts=prompts,
        navigator=navigator,
        pictures=PictureReader(),
    )
    yield Room(world, context, tasks, navigator, prompts)
    for relay in (changes, sync_changes, draft_changes, presence_changes):
        relay.close()
    tasks.close()
    context.pictures.close()
