"""Connecting with the browser at the first start: what the person sees, and every way out of it."""

from pathlib import Path

import pytest
from PySide6.QtCore import QUrl
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from tests.ui.test_application import Places, first_run
from ui.application import Start
from ui.single_instance import SingleInstance


@pytest.fixture
def instance(tmp_path: Path, qtbot: QtBot) -> SingleInstance:
    return SingleInstance(tmp_path)


def test_connecting_with_the_browser(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    places, pages = Places(tmp_path), []

    def open_url(url: QUrl) -> bool:
        pages.append(url.toString())
        return True

    start = Start(qapp, places.launch(), instance, "", open_url)
    start.begin()
    screen = first_run()
    screen.show_connect()
    page = screen.connection
    page.form.address.setText("desk.example.com")
    page.go_on()
    qtbot.waitUntil(page.waiting.isVisible)
    assert pages == ["https://desk.example.com/oauth/authorize"]
    page.waiting.password.click()
    qtbot.waitUntil(page.form.isVisible)
    assert (places.cancelled, page.problem.text()) == (1, ""), "who stops it is told nothing"
    page.other.click()
    places.back.clear()
    places.cancelled = 0
    page.go_on()
    qtbot.waitUntil(page.waiting.isVisible)
    with qtbot.waitSignal(start.opened) as opened:
        places.back.set()
    assert [login.browser for login in places.logins] == [True, True]
    opened.args[0].quit()
    start.close()


def test_who_closes_the_window_waits_for_no_browser(
    tmp_path: Path, qapp: QApplication, instance: SingleInstance, qtbot: QtBot
) -> None:
    places = Places(tmp_path)
    start = Start(qapp, places.launch(), instance, "", lambda url: True)
    start.begin()
    screen = first_run()
    screen.show_connect()
    screen.connection.form.address.setText("desk.example.com")
    screen.connection.go_on()
    qtbot.waitUntil(screen.connection.waiting.isVisible)
    screen.close()
    start.close()
    assert places.cancelled == 1
    assert not places.profile.exists
