"""The files that are attached in the demo: small pictures, documents and mails, made from their names alone."""

import hashlib
import io
import zipfile
import zlib
from collections.abc import Iterator
from dataclasses import dataclass
from functools import cache

from agent_desktop.services.html.clean import clean_for_storage

FILE_NAMES = {
    "photo": ("photo.png", "IMG_2041.png", "damage.png", "IMG_0007.png"),
    "screenshot": ("screenshot.png", "bank-statement.png", "app.png"),
    "invoice": ("invoice.pdf",),
    "label": ("return-label.pdf",),
    "document": ("address-form.pdf", "register-extract.pdf"),
    "offer": ("offer.pdf",),
}
"""Files that a turn of a scenario can carry."""

HTML_MAILS = {
    "spam": (
        "<html><body style='background:#fffbe6'><table width='600'><tr><td><h1 style='color:#c00'>Page ONE in "
        "7 days</h1><p>Dear owner,<br>I found <b>27 critical problems</b> on your website.</p><p><a href="
        "'http://rankbooster.example/yes?id=8841'>Reply YES for a free audit</a></p><img src="
        "'http://rankbooster.example/open.gif' width='1' height='1'></td></tr></table></body></html>"
    ),
    "notice": (
        "<html><body><img src='https://mail.swiftline.example/logo.png' alt='Swiftline' width='160' height='40'>"
        "<table width='640' cellpadding='8'><tr bgcolor='#0b5394'><td><font color='#ffffff'><b>"
        "Swiftline</b> partner desk</font></td></tr><tr><td><h2>Delivery exception notice</h2><p>Dear partner,"
        "</p><p>the depot works with <b>reduced staff</b>. Parcels may arrive one or two working days later.</p>"
        "<table border='1' cellpadding='4'><tr><th>Parcel</th><th>Last scan</th><th>Expected</th></tr><tr><td>"
        "SL 5581 0042 77</td><td>Tuesday</td><td>unknown</td></tr><tr><td>SL 5581 0042 91</td><td>Wednesday</td>"
        "<td>Friday</td></tr></table><p>Your Swiftline partner desk</p>"
        "<img src='https://mail.swiftline.example/map.png' alt='Map of our depots' width='600' height='200'>"
        "<img src='https://mail.swiftline.example/open.gif?m=5581' width='1' height='1'>"
        "</td></tr></table></body></html>"
    ),
}
"""Formatted mails by the name that turns use."""

_MEDIA_TYPES = {
    "png": "image/png",
    "pdf": "application/pdf",
    "eml": "message/rfc822",
    "html": "text/html",
    "xlsm": "application/vnd.ms-excel.sheet.macroEnabled.12",
}
_WIDTH, _HEIGHT = 480, 320


@dataclass(frozen=True, slots=True)
class DemoFile:
    """A file with its content, which is stored under its SHA-256."""

    name: str
    media_type: str
    content: bytes
    sha256: str


@cache
def demo_file(name: str) -> DemoFile:
    """The file of this name; the same name always gives the same bytes."""
    kind = name.rpartition(".")[2]
    if kind == "png":
        content = _picture(name)
    elif kind == "pdf":
        content = _document(name)
    elif kind == "xlsm":
        content = _archive("xl/vbaProject.bin")
    elif kind == "html":
        content = clean_for_storage(HTML_MAILS[name.removesuffix(".html")]).encode()
    else:
        content = (
            f"From: no-reply@larkfield.example\r\nSubject: {name}\r\n\r\nYour subscription was cancelled.\r\n"
        ).encode()
    return DemoFile(name, _MEDIA_TYPES[kind], content, hashlib.sha256(content).hexdigest())


def all_files(more: tuple[str, ...] = ()) -> Iterator[DemoFile]:
    """Every file that scenarios can carry, and those named besides."""
    names = [name for group in FILE_NAMES.values() for name in group]
    names += [f"{name}.html" for name in HTML_MAILS]
    for name in dict.fromkeys([*names, *more]):
        yield demo_file(name)


def _archive(name: str) -> bytes:
    """A ZIP archive with an empty file of this name."""
    packed = io.BytesIO()
    with zipfile.ZipFile(packed, "w") as archive:
        archive.writestr(zipfile.ZipInfo(name), b"")
    return packed.getvalue()


def _chunk(kind: bytes, data: bytes) -> bytes:
    body = kind + data
    return len(data).to_bytes(4, "big") + body + zlib.crc32(body).to_bytes(4, "big")


def _picture(name: str) -> bytes:
    """A still life: a wall, a table, and a few round and square things in colours that follow from the name."""
    seed = hashlib.sha256(name.encode()).digest()
    wall = (205 + seed[0] % 40, 205 + seed[1] % 40, 200 + seed[2] % 40)
    table = (120 + seed[3] % 60, 85 + seed[4] % 40, 60 + seed[5] % 30)
    rows = []
    for y in range(_HEIGHT):
        shade = y / _HEIGHT
        ground = wall if y < _HEIGHT * 2 // 3 else table
        row = bytearray(bytes(int(value * (1.04 - 0.16 * shade)) & 0xFF for value in ground) * _WIDTH)
        for thing in range(3):
            _draw(row, y, seed[6 + thing * 6 : 12 + thing * 6], thing)
        rows.append(b"\x00" + bytes(row))
    header = _WIDTH.to_bytes(4, "big") + _HEIGHT.to_bytes(4, "big") + bytes([8, 2, 0, 0, 0])
    data = zlib.compress(b"".join(rows), 9)
    return b"\x89PNG\r\n\x1a\n" + _chunk(b"IHDR", header) + _chunk(b"IDAT", data) + _chunk(b"IEND", b"")


def _draw(row: bytearray, y: int, seed: bytes, place: int) -> None:
    """One thing on the table as far as it reaches into this row."""
    size = 50 + seed[0] % 45
    middle_x, base = 90 + place * 150 + seed[1] % 30, _HEIGHT * 3 // 4 + seed[2] % 30
    above = base - y
    if seed[3] % 2:
        half = size if 0 <= above <= size * 3 // 2 else 0
    else:
        inside = size * size - (above - size) ** 2
        half = int(inside**0.5) if inside > 0 else 0
    if half:
        light = 0.75 + 0.25 * above / (2 * size + 1)
        colour = bytes(int((70 + seed[4 - index] % 150) * light) & 0xFF for index in range(3))
        start, end = max(0, middle_x - half), min(_WIDTH, middle_x + half)
        row[start * 3 : end * 3] = colour * (end - start)


def _document(name: str) -> bytes:
    """A page with a title and a few lines, as small as a PDF can be."""
    title = name.removesuffix(".pdf").replace("-", " ").capitalize()
    lines = [
        "Larkfield Home",
        title,
        "",
        "Date: as in the message",
        "Please keep this document.",
        "Page 1 of 1",
    ]
    text = "BT /F1 18 Tf 72 760 Td 26 TL " + " ".join(f"({line}) Tj T*" for line in lines) + " ET"
    fonts = "<< /Font << /F1 5 0 R >> >>"
    objects = [
        "<< /Type /Catalog /Pages 2 0 R >>",
        "<< /Type /Pages /Kids [3 0 R] /Count 1 >>",
        f"<< /Type /Page /Parent 2 0 R /MediaBox [0 0 595 842] /Contents 4 0 R /Resources {fonts} >>",
        f"<< /Length {len(text)} >>\nstream\n{text}\nendstream",
        "<< /Type /Font /Subtype /Type1 /BaseFont /Helvetica >>",
    ]
    out, places = b"%PDF-1.4\n", []
    for number, content in enumerate(objects, 1):
        places.append(len(out))
        out += f"{number} 0 obj\n{content}\nendobj\n".encode("ascii")
    table = "".join(f"{place:010d} 00000 n \n" for place in places)
    return out + (
        f"xref\n0 {len(objects) + 1}\n0000000000 65535 f \n{table}"
        f"trailer << /Size {len(objects) + 1} /Root 1 0 R >>\nstartxref\n{len(out)}\n%%EOF\n"
    ).encode("ascii")
