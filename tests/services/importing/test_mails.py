"""Mails become conversations: threads hold together, senders become customers, nothing is lost."""

import gzip
import json
from collections.abc import Callable
from datetime import UTC, datetime
from pathlib import Path

from agent_desktop.domain.conversation import Conversation, Status
from agent_desktop.domain.customer import Customer, Identity
from agent_desktop.domain.message import Direction, Message
from agent_desktop.services.importing.report import ItemKind
from agent_desktop.services.importing.threads import ThreadIndex
from agent_desktop.services.mail.head import head_of
from tests.services.targets import Target

OURS = "help@lighthouse.example"


def mail(
    number: int,
    subject: str,
    *,
    sender: str = "Ann Berg <ann@example.org>",
    to: str = OURS,
    answers: tuple[int, ...] = (),
    body: str = "Hello",
    more: str = "",
) -> bytes:
    references = "".join(f"References: {' '.join(f'<{one}@x>' for one in answers)}\n" if answers else "")
    return (
        f"From: {sender}\nTo: {to}\nSubject: {subject}\nMessage-ID: <{number}@x>\n{references}"
        f"Date: Mon, 10 Mar 2025 09:{number:02d}:00 +0000\n{more}\n{body} {number}\n"
    ).encode()


def write(folder: Path, *mails: bytes) -> Path:
    folder.mkdir(exist_ok=True)
    for place, content in enumerate(mails):
        (folder / f"{place}.eml").write_bytes(content)
    return folder


def test_a_thread_is_one_conversation_in_whatever_order_its_mails_lie(target: Target, tmp_path: Path) -> None:
    answer = mail(3, "Re: Kettle", answers=(1, 2))
    ours = mail(2, "Re: Kettle", sender=f"Maya Keller <{OURS}>", to="ann@example.org", answers=(1,))
    report = target.run(write(tmp_path / "in", answer, mail(9, "Other"), ours, mail(1, "Kettle")))
    assert report.added == {ItemKind.CONVERSATION: 2, ItemKind.MESSAGE: 4, ItemKind.CUSTOMER: 1}
    conversation = target.conversation("Kettle")
    messages = target.messages(conversation)
    assert [row.text.split()[-1] for row in messages] == ["1", "2", "3"]
    assert [row.direction for row in messages] == [Direction.IN, Direction.OUT, Direction.IN]
    assert messages[1].author_id == target.desk.user_id
    assert conversation.waiting_since == datetime(2025, 3, 10, 9, 3, tzinfo=UTC)
    assert conversation.number > 0


def test_a_later_import_goes_on_with_the_same_conversation(target: Target, tmp_path: Path) -> None:
    target.run(write(tmp_path / "a", mail(1, "Kettle")))
    report = target.run(write(tmp_path / "b", mail(2, "Re: Kettle", answers=(1,))))
    assert report.added == {ItemKind.MESSAGE: 1}
    assert len(target.messages(target.conversation("Kettle"))) == 2


def test_the_sender_is_a_customer_with_an_address(target: Target, tmp_path: Path) -> None:
    target.run(write(tmp_path / "a", mail(1, "One"), mail(2, "Two", sender="ANN@Example.org")))
    (customer,) = target.rows(Customer)
    (identity,) = target.rows(Identity)
    assert (customer.name, identity.address) == ("Ann Berg", "ann@example.org")


def test_mails_that_differ_are_kept_even_under_one_message_id(target: Target, tmp_path: Path) -> None:
    report = target.run(write(tmp_path / "a", mail(1, "Kettle"), mail(1, "Kettle", body="Something else")))
    assert report.added[ItemKind.MESSAGE] == 2


def test_copies_of_a_mail_are_one_message(target: Target, tmp_path: Path) -> None:
    copy = b"Received: by another way\n" + mail(1, "Kettle")
    report = target.run(write(tmp_path / "a", mail(1, "Kettle"), copy))
    assert (report.added[ItemKind.MESSAGE], report.already_there[ItemKind.MESSAGE]) == (1, 1)


def test_raw_mails_files_and_clean_html_are_kept(target: Target, tmp_path: Path) -> None:
    raw = mail(
        1,
        "Photo",
        more='MIME-Version: 1.0\nContent-Type: multipart/mixed; boundary="b"\n',
        body=(
            "\n--b\nContent-Type: text/html; charset=utf-8\n\n<p onclick=x()>Grüße</p><script>alert(1)</script>"
            "<img src=//x.example/1.png>\n--b\nContent-Type: image/png\n"
            "Content-Disposition: attachment; filename=photo.png\nContent-Transfer-Encoding: base64\n\n"
            "iVBORw0KGgo=\n--b--\n"
        ),
    )
    target.run(write(tmp_path / "a", raw))
    (message,) = target.rows(Message)
    (attachment,) = target.attachments()
    blobs = target.desk.blobs
    assert message.raw_blob is not None
    assert blobs.read(message.raw_blob) == raw
    assert message.html_blob is not None
    kept = '<p>Grüße</p><img data-remote="https://x.example/1.png" alt="">'
    assert (blobs.read(message.html_blob) or b"").decode().strip() == kept
    assert (attachment.name, blobs.read(attachment.sha256)) == ("photo.png", b"\x89PNG\r\n\x1a\n")


def test_files_stay_in_the_order_of_their_mail(target: Target, tmp_path: Path) -> None:
    files = "".join(f"--b\nContent-Type: a/b; name={number}.txt\n\nx{number}\n" for number in range(9))
    more = "Content-Type: multipart/mixed; boundary=b\n"
    target.run(write(tmp_path / "a", mail(1, "Files", more=more, body=f"\n--b\n\nHello\n{files}--b--\n")))
    shown = sorted(target.attachments(), key=lambda file: file.id)
    assert [file.name for file in shown] == [f"{number}.txt" for number in range(9)]


def test_old_threads_come_in_as_solved_and_new_ones_as_open(target: Target, tmp_path: Path) -> None:
    old = mail(1, "Old").replace(b"10 Mar 2025", b"10 Mar 2019")
    target.run(write(tmp_path / "a", old, mail(2, "New")))
    assert target.conversation("Old").status is Status.SOLVED
    assert target.conversation("New").status is Status.OPEN


def test_a_mail_without_anything_is_a_message_of_an_unknown_sender(target: Target, tmp_path: Path) -> None:
    report = target.run(write(tmp_path / "a", b"no header\n\njust text", b"\n\n \n"))
    assert report.added[ItemKind.MESSAGE] == 1
    assert [item.sentence for item in report.skipped] == ["The mail is empty."]
    (conversation,) = target.rows(Conversation)
    assert conversation.subject == "(no subject)"


def test_every_nasty_mail_comes_in(target: Target, shared_data: Path) -> None:
    folder = shared_data / "mail" / "robust"
    files = sorted(folder.glob("*.eml"))
    report = target.run(*files)
    assert report.skipped == []
    different = {path.read_bytes() for path in files}
    assert report.added[ItemKind.MESSAGE] == len(different)
    kept = {target.desk.blobs.read(row.raw_blob or "") for row in target.rows(Message)}
    assert kept == different


def test_real_threads_are_found(shared_data: Path) -> None:
    folder, index, heads = shared_data / "mail" / "threads", ThreadIndex(), {}
    with gzip.open(folder / "mails.jsonl.gz", "rt", encoding="utf-8") as file:
        for line in file:
            record = json.loads(line)
            head = head_of(record["raw"].encode("latin-1"))
            heads[record["file"]] = head
            index.add(head, head.date, head.sender)
    found: dict[int, set[str]] = {}
    for name, head in heads.items():
        found.setdefault(id(index.thread_of(head)), set()).add(name)
    expected = json.loads((folder / "expected_threads.json").read_text("utf-8"))["threads"]
    same = {frozenset(group) for group in expected} & {frozenset(group) for group in found.values()}
    # One expected group holds together only by the address of a person who is named in two In-Reply-To fields.
    assert len(same) >= len(expected) - 1


def test_mail_as_records_is_threaded_too(
    new_target: Callable[[], Target], shared_data: Path, tmp_path: Path
) -> None:
    source = tmp_path / "mails.jsonl"
    with gzip.open(shared_data / "mail" / "threads" / "mails.jsonl.gz", "rt", encoding="utf-8") as file:
        source.write_text("".join(line for line, _ in zip(file, range(40), strict=False)), "utf-8")
    report = new_target().run(source)
    assert report.added[ItemKind.MESSAGE] == 40
    assert report.added[ItemKind.CONVERSATION] < 40


def test_a_mail_among_other_records(target: Target, tmp_path: Path) -> None:
    path = tmp_path / "mixed.jsonl"
    records = [{"title": "T", "body": "B"}, {"raw": mail(1, "Kettle").decode()}, {"type": "mail"}]
    path.write_text("".join(json.dumps(record) + "\n" for record in records), "utf-8")
    report = target.run(path)
    assert report.added[ItemKind.MESSAGE] == 1
    assert [item.position for item in report.skipped] == ["line 3"]
