"""Tables of customers: finds the separator, and which column means what, whatever the columns are called."""

import csv
import io
import re
import unicodedata
from collections.abc import Iterator, Mapping

FIELDS: Mapping[str, str] = {
    "name": "name|full name|customer|customer name|contact|contact name|display name|nombre|nom|kunde|kundenname",
    "first_name": "first name|firstname|given name|forename|vorname|prenom|nombre de pila",
    "last_name": "last name|lastname|surname|family name|nachname|nom de famille|apellido|apellidos",
    "email": "email|e mail|mail|email address|e mail address|e mail adresse|mail address|correo|courriel|email 1 value",
    "phone": "phone|telephone|tel|mobile|cell|phone number|mobile phone|phone 1 value|telefon|telefono|handy",
    "whatsapp": "whatsapp|whatsapp number",
    "social": "social|twitter|instagram|handle|mastodon",
    "organization": "organization|organisation|company|company name|firma|unternehmen|empresa|societe|account name",
    "tier": "tier|level|status level|segment|stufe",
    "language": "language|lang|locale|sprache|idioma|langue|preferred language",
    "location": "location|city|town|ort|stadt|ciudad|ville",
    "time_zone": "time zone|timezone|zeitzone",
    "note": "note|notes|comment|comments|description|notiz|bemerkung|nota",
    "id": "id|customer id|user id|external id|kundennummer|customer number",
}
"""Field of ours -> headings that mean it, without accents and in small letters."""

_MEANING = {heading: name for name, headings in FIELDS.items() for heading in headings.split("|")}
_IDENTIFYING = {"name", "first_name", "last_name", "email", "phone"}
_SEPARATORS = ",;\t|"
LONGEST_CELL = 100_000


def plain_heading(heading: str) -> str:
    """A heading as it is compared: without accents, signs and capitals."""
    plain = unicodedata.normalize("NFKD", heading).encode("ascii", "ignore").decode().lower()
    return " ".join(re.findall(r"[a-z0-9]+", plain))


def meaning_of(heading: str) -> str | None:
    """The field that a heading means, or None."""
    return _MEANING.get(plain_heading(heading))


def separator_of(text: str) -> str | None:
    """The sign between columns: the one with which the first line has most known headings; None without any."""
    first = next((line for line in text.splitlines() if line.strip()), "")
    best, known = None, 0
    for sign in _SEPARATORS:
        headings = next(csv.reader([first], delimiter=sign), [])
        count = len({meaning_of(heading) for heading in headings} - {None})
        if count > known:
            best, known = sign, count
    return best


def has_customer_columns(text: str) -> bool:
    """Whether a text begins like a table of customers."""
    separator = separator_of(text)
    if separator is None:
        return False
    first = next(line for line in text.splitlines() if line.strip())
    meanings = {meaning_of(heading) for heading in next(csv.reader([first], delimiter=separator), [])}
    return bool(meanings & _IDENTIFYING) and (len(meanings) > 1 or "email" in meanings)


def rows_of(text: str) -> Iterator[tuple[int, dict[str, str] | str]]:
    """The rows of a table with the number of their line: cells by field, other columns by their heading.

    A row that cannot be read comes as a sentence instead. Cells are text, whatever they look like.
    """
    separator = separator_of(text) or ","
    csv.field_size_limit(LONGEST_CELL)
    reader = csv.reader(io.StringIO(text, newline=""), delimiter=separator)
    headings: list[str] = []
    while True:
        try:
            cells = next(reader, None)
        except csv.Error:
            yield reader.line_num, "This line cannot be read as part of the table."
            continue
        if cells is None:
            return
        if not any(cell.strip() for cell in cells):
            continue
        if not headings:
            headings = [meaning_of(cell) or cell.strip() for cell in cells]
            continue
        row: dict[str, str] = {}
        for heading, cell in zip(headings, cells, strict=False):
            if heading and cell.strip() and not row.get(heading):
                row[heading] = cell.strip()
        yield reader.line_num, row
