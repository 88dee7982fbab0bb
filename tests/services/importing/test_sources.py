"""What lies in files is found out by looking into them, whatever they are called."""

import gzip
import os
from pathlib import Path

import pytest

from agent_desktop.domain.errors import InputError
from agent_desktop.services.importing.sources import SourceKind, kind_of, plan

MAIL = b"From: Ann <ann@example.org>\nTo: help@example.org\nSubject: Hello\n\nHi\n"


@pytest.mark.parametrize(
    ("name", "content", "kind"),
    [
        ("inbox", b"From ann@example.org Mon Mar 10 09:00:00 2025\n" + MAIL, SourceKind.MBOX),
        ("inbox.txt", b"From - Mon Mar 10 09:00:00 2025\r\n" + MAIL, SourceKind.MBOX),
        ("1.eml", MAIL, SourceKind.MAIL),
        ("1.eml", b"\x00\xff no header at all", SourceKind.MAIL),
        (
            "mail-without-suffix",
            b"Received: by x\nDate: Mon, 10 Mar 2025 09:00:00 +0000\n\nHi",
            SourceKind.MAIL,
        ),
        ("a.jsonl", b'{"id": 1, "events": [{"text": "Hi"}]}\n', SourceKind.RECORDS),
        ("a.txt", b'\xef\xbb\xbf{"title": "T", "body": "B"}\n', SourceKind.RECORDS),
        ("a.json", b'[\n {"shortcut": "hi",\n "body": "Hello"}]', SourceKind.RECORDS),
        ("a.json", b'{\n"conversations": [{"messages": []}]}', SourceKind.RECORDS),
        ("customers.csv", "Name;E-Mail\nJürgen;j@example.org\n".encode("cp1252"), SourceKind.CUSTOMERS),
        ("customers", "\ufeffFirst name\tEmail\nAnn\ta@example.org".encode("utf-16"), SourceKind.CUSTOMERS),
        ("how-to.md", b"Just a line of text", SourceKind.ARTICLE),
        ("how-to", b"# How to\n\nDo it.", SourceKind.ARTICLE),
        ("how-to.txt", b"---\ntitle: How to\n---\nDo it.", SourceKind.ARTICLE),
        ("a.json", b'{"colours": ["red"]}', None),
        ("a.csv", b"x,y\n1,2\n", None),
        ("a.txt", b"Dear diary: nothing here.\n", None),
        ("a.bin", bytes(range(256)) * 20, None),
        ("a.png", b"\x89PNG\r\n\x1a\n\x00\x00", None),
    ],
)
def test_kind_by_content(name: str, content: bytes, kind: SourceKind | None) -> None:
    assert kind_of(name, content) is kind


def test_compressed_files_are_looked_into(tmp_path: Path) -> None:
    (tmp_path / "a.jsonl.gz").write_bytes(gzip.compress(b'{"id": 1, "events": []}\n'))
    assert [source.kind for source in plan([tmp_path]).sources] == [SourceKind.RECORDS]


def test_folders_are_walked_in_order_without_links_and_hidden_files(tmp_path: Path) -> None:
    inner = tmp_path / "in" / "deep"
    inner.mkdir(parents=True)
    (inner / "b.eml").write_bytes(MAIL)
    (tmp_path / "in" / "a.eml").write_bytes(MAIL)
    (tmp_path / "in" / ".hidden.eml").write_bytes(MAIL)
    (tmp_path / "outside.eml").write_bytes(MAIL)
    (tmp_path / "in" / "link.eml").symlink_to(tmp_path / "outside.eml")
    (tmp_path / "in" / "loop").symlink_to(tmp_path / "in", target_is_directory=True)
    found = plan([tmp_path / "in", tmp_path / "in"])
    assert [source.name for source in found.sources] == ["in/a.eml", "in/deep/b.eml"]
    assert found.skipped == []


def test_a_maildir_is_one_source(tmp_path: Path) -> None:
    for folder in ("cur", "new", "tmp"):
        (tmp_path / "Sent" / folder).mkdir(parents=True)
    (tmp_path / "Sent" / "cur" / "1.host:2,S").write_bytes(MAIL)
    (tmp_path / "Sent" / "tmp" / "2.host").write_bytes(MAIL)
    (source,) = plan([tmp_path]).sources
    assert (source.kind, source.size) == (SourceKind.MAILDIR, len(MAIL))


def test_each_file_that_is_left_out_has_a_sentence(tmp_path: Path) -> None:
    (tmp_path / "empty.csv").touch()
    (tmp_path / "noise.bin").write_bytes(os.urandom(2_000))
    (tmp_path / "cut.jsonl.gz").write_bytes(gzip.compress(b"{}" * 5_000)[:12])
    found = plan([tmp_path])
    assert found.sources == []
    assert {item.source.rpartition("/")[2] for item in found.skipped} == {
        "empty.csv",
        "noise.bin",
        "cut.jsonl.gz",
    }
    assert all(item.sentence.endswith(".") for item in found.skipped)


def test_a_path_that_does_not_exist_is_an_error(tmp_path: Path) -> None:
    with pytest.raises(InputError):
        plan([tmp_path / "nowhere"])
