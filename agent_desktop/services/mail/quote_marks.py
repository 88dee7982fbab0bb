"""Knows the lines with which mail programs introduce a quote, a forwarded mail or a signature.

One table per kind of line, with the words of each language. All patterns are applied to single
lines or short joined ones (`MAX_LINE`), so that no input makes them slow.
"""

import re
from collections.abc import Sequence
from typing import Final

MAX_LINE: Final = 500
_MAX_HEAD_LINES: Final = 6
_MAX_HEADER_BLOCK: Final = 10

_VERBS: Final = "|".join(
    (
        "wrote", "writes", "sent",  # English
        "schrieb", "schreibt", "geschrieben",  # German
        "a écrit", "écrit", "a ecrit",  # French
        "escribió", "escribio",  # Spanish
        "ha scritto", "scrisse", "scriveva",  # Italian
        "schreef", "geschreven", "schrijft",  # Dutch
        "escreveu",  # Portuguese
        "skrev", "napisał(?:a|\\(a\\))?", "kirjoitti", "napsal(?:a)?", "yazdı",
        "написала?", "пишет", "пише", "написав", "написа",
        "írta", "a scris", "napísala?", "je napisala?", "έγραψε", "đã viết", "menulis", "rašė", "rakstīja",
        "kirjutas", "va escriure", "scrisse",
    )
)  # fmt: skip

_OPENERS: Final = "|".join(
    (
        "On", "At",
        "Am", "Den?",
        "Le",
        "El",
        "Il", "In data", "Il giorno",
        "Op",
        "Em", "No dia", "A",
        "W dniu", "Dnia", "På", "Em", "Pe", "Dňa", "Dne", "Στις", "Vào", "Pada",
    )
)  # fmt: skip

_WEEKDAYS: Final = (
    r"(?:mon|tue|wed|thu|fri|sat|sun|mo|di|mi|do|fr|sa|so|lun|mar|mer|mié|jeu|jue|ven|vie|sam|sáb|"
    r"dim|dom|lunedì|gio|seg|ter|qua|qui|sex|пн|вт|ср|чт|пт|сб|вс|понедельник|вторник|среда|"
    r"четверг|пятница|суббота|воскресенье)\w*\.?,"
)
_ADDRESS: Final = r"(?:<|&lt;|\[|\()\s*(?:mailto:)?[^<>\s]{1,200}@[^<>\s]{1,200}\s*(?:>|&gt;|\]|\))"

_MAYBE_HEAD: Final = re.compile(
    rf"[\s\-*_]*(?:(?:{_OPENERS})\b|\d|{_WEEKDAYS}|[于在] ?\d|.{{1,120}}{_ADDRESS}.{{0,20}}\b(?:{_VERBS})\s*:|"
    r"(?=.{0,160}(?:19|20)\d\d)(?=.{0,200}\d[:.時点]\d\d))",
    re.IGNORECASE,
)
_HEADS: Final = tuple(
    re.compile(pattern, re.IGNORECASE | re.DOTALL)
    for pattern in (
        # On Thu, 31 Mar 2016 at 11:16 Some One <a@b> wrote:
        rf"[\s\-*_]*(?:{_OPENERS})\b(?=.{{0,120}}\d).{{1,300}}\b(?:{_VERBS})\b.{{0,200}}(?::|-{{3,}})",
        # 23 mar 2017 21:25 "Some One" <a@b> wrote:
        rf"(?=.{{0,120}}\b(?:19|20)\d\d\b)(?:\d|{_WEEKDAYS}).{{1,300}}\b(?:{_VERBS})(?:\(a\))?\s*:",
        # 26.06.2014, 14:41, "Some One" <a@b>:
        rf"(?=.{{0,80}}\d)(?:\d|{_WEEKDAYS}).{{5,250}}{_ADDRESS}\s*:",
        # 2013/7/20 some one <a@b>
        rf"\d{{4}}/\d{{1,2}}/\d{{1,2}} .{{1,200}}{_ADDRESS}",
        # 2016年3月31日 11:16 Some One <a@b>のメール: and whatever has a year, a time, an address and a colon
        rf"(?=.{{0,160}}(?:19|20)\d\d)(?=.{{0,200}}\d[:.時点]\d\d)(?:.{{5,300}}){_ADDRESS}.{{0,40}}[:：]",
        # 于2016年3月31日写道：
        r"(?=.{0,40}(?:19|20)\d\d).{5,300}(?:写道|寫道|が?書きました|のメール|님이? ?(?:작성|씀|쓴 글)|작성)\s*[:：]",
        # Some One <a@b> wrote:
        rf"[^:]{{1,120}}{_ADDRESS}.{{0,20}}\b(?:{_VERBS})\b.{{0,60}}[:：]",
    )
)


def quote_head_end(lines: Sequence[str], start: int) -> int | None:
    """Index after the "On ... wrote:" that begins at line `start`; None if there is none.

    Such a head may be wrapped over several lines, with empty ones between.
    """
    if len(lines[start]) > MAX_LINE or not _MAYBE_HEAD.match(lines[start]):
        return None
    joined = ""
    used = 0
    for index in range(start, min(start + 2 * _MAX_HEAD_LINES, len(lines))):
        line = lines[index].strip()
        if not line:
            continue
        used += 1
        joined = f"{joined} {line}" if joined else line
        if used > _MAX_HEAD_LINES or len(joined) > MAX_LINE:
            return None
        if line[-1] in ":：->" and any(pattern.fullmatch(joined) for pattern in _HEADS):
            return index + 1
    return None


_SURE: Final = re.compile(r"@|\d[:.h時点]\d\d|(?<!\d)(?:19|20)\d\d")
_PRONOUN: Final = re.compile(
    rf"\b(?:you|i|we|she|he|they|sie|du|ich|wir|vous|nous|je)\s+(?:{_VERBS})\b", re.IGNORECASE
)


def is_sure_head(lines: Sequence[str]) -> bool:
    """Whether what `quote_head_end` found was written by a program, and no "On 3 May you wrote:" of a person."""
    joined = " ".join(lines)
    return _SURE.search(joined) is not None and _PRONOUN.search(joined) is None


_SEPARATOR: Final = re.compile(
    r"[\s*]*[-_]{2,}\s*(?:"
    r"original (?:message|nachricht|e-?mail)|original appointment|reply message|"
    r"urspr(?:ü|ue)ngliche (?:nachricht|mail|e-mail)|original-?nachricht|"
    r"message d[’'´]origine|message original|courriel original|"
    r"mensaje original|messaggio originale|oorspronkelijk bericht|mensagem original|"
    r"ursprungligt meddelande|opprinnelig melding|oprindelig meddelelse|wiadomość oryginalna|"
    r"исходное сообщение|пересылаемое сообщение|původní (?:zpráva|e-mail)|pôvodná správa|eredeti üzenet|"
    r"alkuperäinen viesti|orijinal (?:mesaj|ileti)|mesaj(?:ul)? original|αρχικό μήνυμα|оригинално съобщение|"
    r"元のメッセージ|オリジナルメッセージ|原始邮件|原始郵件|邮件原件|원본 ?메시지|thư gốc|pesan asli"
    r")\s*[-_]{2,}[\s*]*",
    re.IGNORECASE,
)


def is_separator(line: str) -> bool:
    """Whether the line is Outlook's "-----Original Message-----" in some language."""
    return len(line) <= MAX_LINE and _SEPARATOR.fullmatch(line) is not None


_FORWARD_WORDS: Final = (
    r"(?:begin )?(?:forwarded message|forwarded by|"
    r"weitergeleitete nachricht|anfang der weitergeleiteten|message transféré|message transmis|"
    r"mensaje reenviado|messaggio inoltrato|doorgestuurd bericht|mensagem encaminhada)"
)
_FORWARD: Final = re.compile(
    rf"[\s*>]*(?:-{{2,}}|_{{2,}}|={{2,}})?\s*{_FORWARD_WORDS}.{{0,40}}", re.IGNORECASE
)


def is_forward(line: str) -> bool:
    """Whether a forwarded mail begins here; that is content, not a quote to fold."""
    return len(line) <= MAX_LINE and _FORWARD.fullmatch(line) is not None


_KEYS: Final = {
    "from": "from|von|de|van|da|från|fra|od|от|mittente|remitente|expéditeur|absender|feladó|kimden|lähettäjä|"
    "de la|από|від|差出人|发件人|寄件者|寄件人|보낸 ?사람",
    "sent": "sent|gesendet|envoyé(?: le)?|enviado(?: el| em)?|inviato|verzonden|skickat|sendt|"
    "wysłano|отправлено|odesláno|odoslané|küldve|gönderildi|lähetetty|trimis|στάλθηκε|надіслано|"
    "送信日時|发送时间|傳送時間|寄件日期|보낸 ?날짜",
    "date": "date|datum|data|fecha|dato|дата|dátum|tarih|päivämäärä|ημερομηνία|日時|日期|날짜",
    "to": "to|an|à|para|a|aan|till|til|do|кому|per|cc|kopie|reply-to|komu|címzett|kime|vastaanottaja|către|προς|"
    "宛先|收件人|收件者|받는 ?사람",
    "subject": "subject|betreff|objet|asunto|oggetto|onderwerp|assunto|ämne|emne|temat|тема|předmět|predmet|tárgy|"
    "konu|aihe|subiect|θέμα|件名|主题|主旨|제목",
}
_KEY: Final = re.compile(
    r"\s*\*?(?:" + "|".join(f"(?P<{k}>{words})" for k, words in _KEYS.items()) + r")\s?[:：]\*?(?:\s|\S)",
    re.IGNORECASE,
)


def is_header_block(lines: Sequence[str], start: int) -> bool:
    """Whether the headers of an older mail stand here as text, as Outlook writes them.

    "From, To, Date" alone may be a customer's travel plans: there must be a subject, a "Sent" or
    an address too.
    """
    if not _KEY.match(lines[start][:MAX_LINE]):
        return False
    found: set[str | None] = set()
    for line in lines[start : start + _MAX_HEADER_BLOCK]:
        match = _KEY.match(line[:MAX_LINE])
        if match:
            found.add(match.lastgroup)
            if match.lastgroup == "from" and "@" in line:
                found.add("address")
        elif not line.strip() and found:
            break
    if "from" not in found or len(found) < 3:
        return False
    return bool(found & {"subject", "sent", "address"})


_RULE: Final = re.compile(r"\s*(?:_{8,}|-{3,}|={8,})\s*")


def is_rule(line: str) -> bool:
    """Whether the line is drawn with dashes or underscores, as above footers and old headers."""
    return len(line) <= MAX_LINE and _RULE.fullmatch(line) is not None


_DEVICE_WORDS: Final = (
    r"(?:sent (?:from|via|with|by|using) |from my (?:iphone|ipad|mobile|android|phone)|"
    r"get (?:\[?outlook for|typeapp)|"
    r"gesendet (?:von|mit|über) |von meinem .{1,60} gesendet|von meinem (?:iphone|ipad|handy)|"
    r"diese nachricht wurde von .{1,80} gesendet|"
    r"envoyé (?:de|depuis|à partir de|avec) |"
    r"enviado (?:desde|do|de|a partir|via|pelo) |"
    r"inviato (?:da|dal|con) |"
    r"verzonden (?:met|vanaf|vanuit|via) |verstuurd (?:vanaf|met|via) |"
    r"sendt fra |skickat från |sendt fra |lähetetty |wysłan[eo] z |отправлено (?:с|из) |"
    r"從我的 ?.{1,30} ?傳送|iphoneから送信)"
)
_DEVICE: Final = re.compile(rf"[\s(<\[*]*{_DEVICE_WORDS}.{{0,120}}", re.IGNORECASE)


def is_device_line(line: str) -> bool:
    """Whether a mail program's own line stands here, such as "Sent from my iPhone"."""
    return len(line) <= 200 and _DEVICE.fullmatch(line) is not None


_MAY_MARK: Final = re.compile(
    rf"[\s*>]*(?:[-_=]{{2}}|{_FORWARD_WORDS})|[\s(<\[*]*{_DEVICE_WORDS}|[\s\-*_]*(?:[\d于在]|{_WEEKDAYS}|(?:{_OPENERS})\b)",
    re.IGNORECASE,
)


def may_mark(line: str) -> bool:
    """Whether anything below can begin at this line; most lines are told apart by this one look."""
    return ":" in line or "@" in line or "：" in line or _MAY_MARK.match(line, 0, MAX_LINE) is not None


def is_signature_mark(line: str) -> bool:
    """Whether the line is the "-- " before a signature; many programs lose its blank."""
    return line.rstrip("\r") in {"-- ", "--"}


_QUOTED: Final = re.compile(r"\s{0,3}(?:>|\|(?:\s|$)|[A-Z]{1,2}>(?:\s|$))")


def is_quoted(line: str) -> bool:
    """Whether the line is marked as quoted; ">From" is an escaped "From" of a mailbox file."""
    return _QUOTED.match(line) is not None and not line.startswith(">From ")
