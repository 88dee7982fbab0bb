"""What a name promises is the same on every computer."""

import mimetypes

import pytest

from agent_desktop.services.media_types import UNKNOWN, media_type_of


@pytest.mark.parametrize(
    ("name", "media_type"),
    [
        ("orders.csv", "text/csv"),
        ("Invoice.PDF", "application/pdf"),
        ("contract.docx", "application/vnd.openxmlformats-officedocument.wordprocessingml.document"),
        ("photo.webp", "image/webp"),
        ("backup.tar.gz", "application/gzip"),
        ("https://example.com/a?b", UNKNOWN),
        ("data:,x", UNKNOWN),
        ("README", UNKNOWN),
        ("csv", UNKNOWN),
        (".csv", "text/csv"),
        ("", UNKNOWN),
    ],
)
def test_it_is_told_by_the_ending_whatever_the_system_believes(
    monkeypatch: pytest.MonkeyPatch, name: str, media_type: str
) -> None:
    """Office on Windows notes that tables in text are its own; bare systems know no documents."""
    mimetypes.init()
    monkeypatch.setitem(mimetypes.types_map, ".csv", "application/vnd.ms-excel")
    monkeypatch.delitem(mimetypes.types_map, ".pdf", raising=False)
    assert media_type_of(name) == media_type
