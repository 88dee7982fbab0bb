"""What a file is by its name and by its first bytes, what could happen to who opens it, and whether the two agree."""

from enum import Enum
from pathlib import Path
from typing import Final

from agent_desktop.services.outside_files import HEAD, is_page, is_program


class Risk(Enum):
    """What may happen when a file is opened: two words for its card, and a sentence."""

    PROGRAM = ("program", "It can run as a program, and do whatever you can do on this computer.")
    SHORTCUT = ("shortcut", "It leads elsewhere: to a program, or to a page on the internet.")
    PAGE = ("web page", "It is a page that can run scripts and imitate a place where you sign in.")
    MACROS = ("macros", "It can contain macros: programs that run when the document is opened.")
    DISK = ("disk image", "It opens as a disk, on which nothing is marked as coming from outside.")
    UNKNOWN = ("unknown kind", "Its name does not say what it is, so it may be anything.")

    @property
    def words(self) -> str:
        """What is written on its card."""
        return self.value[0]

    @property
    def sentence(self) -> str:
        """What is said before it is opened."""
        return self.value[1]


_RISKS: Final = {
    ending: risk
    for risk, endings in {
        Risk.PROGRAM: "action ahk air apk app appimage appinstaller application appref-ms appx bash bat chm cmd com"
        " command cpl crx csh deb diagcab dll dylib exe fish flatpak flatpakref gadget hlp hpj inf ins isp jar jnlp js"
        " jse ksh lua mobileconfig mpkg msc msh msh1 msh2 mshxml msi msix msp mst msu ocx osd osx php pif pkg pl prf"
        " printerexport ps1 ps1xml ps2 ps2xml psc1 psc2 psd1 psm1 py pyc pyo pyw pyz pyzw rb reg rpm run scf scpt scr"
        " sct settingcontent-ms sh shb shs snap so sys terminal theme themepack tool vb vbe vbs vsmacros webpnp"
        " workflow wsb wsc wsf wsh xbap xpi zsh",
        # What another program goes to the network for as soon as it is opened, some with one's name and password.
        Risk.SHORTCUT: "afploc desktop dqy fileloc flatpakrepo ftploc inetloc iqy library-ms lnk odc oqy rdp rqy"
        " search-ms searchconnector-ms udl url webloc website",
        Risk.PAGE: "hta htm html mht mhtml shtml svg svgz xht xhtml xml xsl",
        Risk.MACROS: "accdb accde accdr ade adp docb docm dotm mda mdb mde one potm ppam ppsm pptm rtf slk wll xla xlam"
        " xll xlm xlsb xlsm xltm",
        Risk.DISK: "dmg img iso vhd vhdx",
    }.items()
    for ending in endings.split()
}
_ARCHIVES: Final = frozenset("7z ace arj bz2 cab gz lzh rar tar tgz txz xz z zip zst".split())
_OLD_OFFICE: Final = frozenset("doc dot pot pps ppt xls xlt".split())
_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_MACROS: Final = ("_VBA_PROJECT".encode("utf-16-le"), "Macros".encode("utf-16-le"), b"vbaProject.bin")
ARCHIVE: Final = "An archive: look at what is in it before you open any of that."

# What names promise and first bytes tell. Text, and whatever is not here, is believed.
_PICTURE, _DOCUMENT, _MEDIA = "a picture", "a PDF document", "a recording"
_ZIP, _NEW, _OLD = "a ZIP archive", "a document", "an Office document of the old kind"
_MAGIC: Final = (
    (b"%PDF-", _DOCUMENT),
    (b"\x89PNG\r\n\x1a\n", _PICTURE),
    (b"\xff\xd8\xff", _PICTURE),
    (b"GIF8", _PICTURE),
    (b"BM", _PICTURE),
    (b"PK\x03\x04", _ZIP),
    (_OLE, _OLD),
    (b"Rar!\x1a\x07", "a RAR archive"),
    (b"7z\xbc\xaf\x27\x1c", "a 7-Zip archive"),
    (b"\x1f\x8b", "a packed file"),
    (b"ID3", _MEDIA),
    (b"OggS", _MEDIA),
)
_PROMISES: Final = {
    **dict.fromkeys("png jpg jpeg gif bmp webp".split(), _PICTURE),
    "pdf": _DOCUMENT,
    "zip": _ZIP,
    **dict.fromkeys("docx xlsx pptx odt ods odp".split(), _NEW),
    **dict.fromkeys(_OLD_OFFICE, _OLD),
    **dict.fromkeys("mp3 ogg".split(), _MEDIA),
}


def ending_of(name: str) -> str:
    """The last ending of a name in small letters, as systems understand it: blanks and dots behind it do not count."""
    return Path(name.rstrip(". ")).suffix.lower().removeprefix(".")


def risk_of(name: str) -> Risk | None:
    """What the name alone says that opening may do; None for what is only shown."""
    ending = ending_of(name)
    if ending.startswith("{"):
        return Risk.SHORTCUT  # Windows takes such an ending for one of its own objects, and shows none
    return _RISKS.get(ending) if ending else Risk.UNKNOWN


def is_archive(name: str) -> bool:
    """Whether it is one file that holds others."""
    return ending_of(name) in _ARCHIVES


def risk_inside(name: str, content: bytes) -> Risk | None:
    """What the content says that opening may do, where the name says nothing of it."""
    head = content[:HEAD]
    if is_program(head):
        return Risk.PROGRAM
    if is_page(head):
        return Risk.PAGE
    office = content.startswith(_OLE) or (content.startswith(b"PK\x03\x04") and not is_archive(name))
    return Risk.MACROS if office and any(mark in content for mark in _MACROS) else None


def disagreement(name: str, head: bytes) -> str:
    """What the file is instead of what its name promises, as a sentence; empty when nothing speaks against the name."""
    promised = _PROMISES.get(ending_of(name))
    if promised is None:
        return ""
    if is_program(head) or is_page(head):
        return f"It is called {promised}, but it is a program or a page with scripts."
    found = next((kind for start, kind in _MAGIC if head.startswith(start)), None)
    if head[:4] == b"RIFF" and head[8:12] == b"WEBP":
        found = _PICTURE
    if (
        found is None or found == promised or (found, promised) == (_ZIP, _NEW)
    ):  # such documents are ZIP archives
        return ""
    return f"It is called {promised}, but it is {found}."
