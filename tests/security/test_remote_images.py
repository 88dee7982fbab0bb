"""Pictures of mails are fetched for readers by the server: what a message names, and nothing of our own network."""

import hashlib
from collections.abc import Iterator
from html import escape
from http import HTTPStatus
from pathlib import Path

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.domain.ids import Id
from agent_desktop.services.html.clean import clean_for_storage
from agent_desktop.store.blobs import BlobStore
from sync.client.address import ServerAddress
from sync.client.http import Http
from sync.client.images import HttpImages
from sync.server.remote_images import LIMITS, RemoteImages, is_picture
from sync.server.safe_fetch import SafeFetcher
from tests.factories import ANNA, an_id, make_conversation, make_message
from tests.security.matrix.people import HR
from tests.security.test_safe_fetch import INSIDE, SPELLINGS, Canary, Network, names
from tests.sync.files import TEMPLATES
from tests.sync.server.team import Team, running

PNG = b"\x89PNG\r\n\x1a\n picture"
OUTSIDE = "http://outside.example/a.png?who=anna&n=1"
ADDRESSES = [*SPELLINGS, *(f"https://[::ffff:{address}]/" for address in INSIDE if ":" not in address)]


def answer(content: bytes, media_type: str = "image/png", more: bytes = b"") -> bytes:
    return b"HTTP/1.1 200 OK\r\nContent-Type: %s\r\n%sContent-Length: %d\r\nConnection: close\r\n\r\n%s" % (
        media_type.encode(),
        more,
        len(content),
        content,
    )


@pytest.fixture
def inside() -> Iterator[Canary]:
    canary = Canary()
    yield canary
    canary.close()


@pytest.fixture
def outside() -> Iterator[Canary]:
    canary = Canary()
    canary.answer = answer(PNG)
    yield canary
    canary.close()


@pytest.fixture
def team(tmp_path: Path, inside: Canary, outside: Canary) -> Iterator[Team]:
    with running(TEMPLATES.server(tmp_path / "server.db"), tmp_path / "blobs") as team:
        use(team, SafeFetcher(LIMITS, resolve=names, connect=Network(inside, outside).connect))
        yield team


def use(team: Team, fetcher: SafeFetcher) -> None:
    team.services.remote_images = RemoteImages(team.database, team.services.uploads.read, fetcher)


def receive(team: Team, html: str, name: str = "mail", **changes: object) -> Id:
    """A mail with this HTML in the conversation of the workspace, as an ingester stores it."""
    blob = BlobStore(team.folder).put(html.encode("utf-8", "replace"))
    message = make_message(id=an_id(name), html_blob=blob, **changes)
    with team.backend.store.transaction() as transaction:
        transaction.rows.put(message)
    return message.id


def pictures(*urls: str) -> str:
    return "".join(f'<img src="{escape(url)}">' for url in urls)


def ask(team: Team, message_id: Id, url: str, user_id: Id = ANNA.id) -> tuple[int, bytes]:
    found = team.client(user_id).ask("POST", "/v1/images", json={"message_id": message_id, "url": url})
    return found.status_code, found.content


def test_a_picture_that_a_message_names_is_fetched_by_the_server(team: Team, outside: Canary) -> None:
    for number, html in enumerate((pictures(OUTSIDE), clean_for_storage(pictures(OUTSIDE)))):
        message_id = receive(team, html, f"mail {number}")
        http = Http(ServerAddress.parse(team.address), lambda: team.accounts.issue(ANNA.id, "test").token)
        try:
            assert HttpImages(http).fetch(message_id, OUTSIDE) == PNG
        finally:
            http.close()
    assert outside.met == 2


def test_what_is_asked_for_tells_nothing_of_who_asks(team: Team, outside: Canary) -> None:
    message_id = receive(team, pictures(OUTSIDE))
    assert ask(team, message_id, OUTSIDE) == (HTTPStatus.OK, PNG)
    lines = outside.heard.decode("ascii").lower().split("\r\n")
    assert lines[0] == "get /a.png?who=anna&n=1 http/1.1"
    named = {line.partition(":")[0] for line in lines[1:] if line}
    assert named == {"host", "accept", "accept-encoding", "user-agent"}


def test_the_server_is_no_open_proxy(team: Team, outside: Canary) -> None:
    message_id = receive(team, pictures(OUTSIDE) + "<a href='http://outside.example/link'>x</a>")
    without = receive(team, "<p>nothing", "without")
    tracker = receive(team, f"<img src='{OUTSIDE}' width=1 height=1>", "tracker")
    hidden = receive(team, pictures(OUTSIDE), "hidden", scope=f"t:{HR.id}")
    for wanted, url in (
        (message_id, "http://outside.example/other.png"),
        (message_id, "http://outside.example/link"),
        (message_id, OUTSIDE.upper()),
        (without, OUTSIDE),
        (tracker, OUTSIDE),
        (hidden, OUTSIDE),
        (an_id("nothing"), OUTSIDE),
        (make_conversation().id, OUTSIDE),
    ):
        status, content = ask(team, wanted, url)
        assert (status, b"names no such picture" in content) == (HTTPStatus.NOT_FOUND, True)
    assert outside.met == 0


def test_no_address_in_a_mail_leads_inside(team: Team, inside: Canary, outside: Canary) -> None:
    message_id = receive(team, pictures(*ADDRESSES[:150]))
    other_id = receive(team, pictures(*ADDRESSES[150:]), "more")
    for url in ADDRESSES:
        for wanted in (message_id, other_id):
            with pytest.raises(InputError):
                team.services.remote_images.fetch(ANNA.id, wanted, url)
    assert (inside.met, outside.met) == (0, 0)


def test_the_same_addresses_lead_inside_where_nobody_judges_them(
    team: Team, inside: Canary, outside: Canary
) -> None:
    inside.answer = answer(PNG)
    use(
        team,
        SafeFetcher(
            LIMITS, resolve=names, connect=Network(inside, outside).connect, allowed=lambda address: True
        ),
    )
    message_id = receive(team, pictures(*ADDRESSES[:150]))
    reached = 0
    for url in ADDRESSES[:150]:
        try:
            reached += team.services.remote_images.fetch(ANNA.id, message_id, url) == PNG
        except InputError:
            continue
    assert inside.met >= reached >= 30


def test_nobody_is_sent_inside_by_a_picture(team: Team, inside: Canary, outside: Canary) -> None:
    message_id = receive(team, pictures(OUTSIDE))
    for url in ADDRESSES:
        location = url.encode("utf-8", "surrogatepass").replace(b"\r\n", b"%0d%0a")
        outside.answer = b"HTTP/1.1 302 Found\r\nLocation: " + location + b"\r\nContent-Length: 0\r\n\r\n"
        with pytest.raises(InputError):
            team.services.remote_images.fetch(ANNA.id, message_id, OUTSIDE)
    assert inside.met == 0


@pytest.mark.parametrize(
    ("content", "media_type"),
    [
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/svg+xml"),
        (b"<svg xmlns='http://www.w3.org/2000/svg' onload='alert(1)'/>", "image/png"),
        (b"<html><script>alert(1)</script>", "image/gif"),
        (b"<html>", "text/html"),
        (PNG, "text/html"),
        (b"MZ program", "application/octet-stream"),
        (b"II*\0 tiff", "image/tiff"),
        (PNG + b"\0" * 5_000_000, "image/png"),
    ],
)
def test_what_is_no_picture_is_not_handed_on(
    team: Team, outside: Canary, content: bytes, media_type: str
) -> None:
    message_id = receive(team, pictures(OUTSIDE))
    outside.answer = answer(content, media_type)
    status, said = ask(team, message_id, OUTSIDE)
    assert (status, content[:20] in said) == (HTTPStatus.CONFLICT, False)
    assert b"could not be loaded" in said


def test_pictures_are_known_by_what_is_in_them() -> None:
    assert all(map(is_picture, (PNG, b"\xff\xd8\xff\xe0", b"GIF87a", b"GIF89a", b"RIFF\0\0\0\0WEBPVP8 ")))
    assert not any(map(is_picture, (b"", b"<svg", b"RIFF\0\0\0\0WAVE", b"BM", b"\x89PNG", b"%PDF-")))


def test_a_document_is_read_once_for_many_pictures(team: Team) -> None:
    urls = [f"http://outside.example/{number}.png" for number in range(5)]
    message_id = receive(team, pictures(*urls))
    read: list[str] = []

    def note(sha256: str) -> bytes | None:
        read.append(sha256)
        return team.services.uploads.read(sha256)

    outside = team.services.remote_images._fetcher
    images = RemoteImages(team.database, note, outside)
    assert [images.fetch(ANNA.id, message_id, url) for url in urls] == [PNG] * 5
    assert read == [hashlib.sha256(pictures(*urls).encode()).hexdigest()]
