"""Wreckage is a file that cannot be read as a whole: each kind wrecks a good file so that it is rejected."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from random import Random

from calypso.simulation.offices import Office
from calypso.simulation.wording import MARK, Sheet
from calypso.simulation.writing import content, text, xlsx

FOREIGN_CODES = ("jam", "tto")


@dataclass(frozen=True)
class Wreck:
    """One kind of wreckage: which office can have made it, its bytes, and its name if that is what is wrong."""

    suits: Callable[[Office, Sheet], bool]
    spoil: Callable[[Sheet, Office, Random], bytes]
    name: Callable[[str, Office], str] | None = None


def _workbook(office: Office, sheet: Sheet) -> bool:
    return office.format == "xlsx"


def _csv(office: Office, sheet: Sheet) -> bool:
    return office.format == "csv"


def _unquoted(office: Office, sheet: Sheet) -> bool:
    return office.format == "csv" and not office.quotes_all


def _accented(office: Office, sheet: Sheet) -> bool:
    """Tell whether the sheet, written in cp1252, is no UTF-8."""
    if office.format != "csv" or office.administration.encoding != "utf-8":
        return False
    try:
        text(sheet, office, encoding="cp1252").decode("utf-8")
    except UnicodeDecodeError:
        return True
    except UnicodeEncodeError:
        return False
    return False


def _plain_utf8(office: Office, sheet: Sheet) -> bool:
    return office.format == "csv" and office.administration.encoding == "utf-8"


def _noise(sheet: Sheet, office: Office, rng: Random) -> bytes:
    return MARK.encode() + rng.randbytes(900)


def _half(sheet: Sheet, office: Office, rng: Random) -> bytes:
    whole = xlsx(sheet)
    return whole[: len(whole) // 2]


def _torn(sheet: Sheet, office: Office, rng: Random) -> bytes:
    """Drop a cell in the last row, as a hand does."""
    return text([*sheet[:-1], [*sheet[-1][:3], *sheet[-1][4:]]], office)


def _without_reference(sheet: Sheet, office: Office, rng: Random) -> bytes:
    """Leave out the column of the case reference; a short form may also lack the action."""
    fields = list(office.fields)
    if len(sheet[0]) - 1 - office.own_column < len(fields):
        fields.remove("action")
    column = fields.index("case_ref")
    return text([[*row[:column], *row[column + 1 :]] for row in sheet], office)


def _repeated(sheet: Sheet, office: Office, rng: Random) -> bytes:
    """Let the first column stand twice."""
    return text([[row[0], *row] for row in sheet], office)


def _other_delimiter(sheet: Sheet, office: Office, rng: Random) -> bytes:
    return text(sheet, office, delimiter="|" if office.administration.delimiter != "|" else "\t")


def _good(sheet: Sheet, office: Office, rng: Random) -> bytes:
    return content(sheet, office)


def _foreign_name(name: str, office: Office) -> str:
    code = next(code for code in FOREIGN_CODES if code != office.code)
    return code + name[3:]


def _undated_name(name: str, office: Office) -> str:
    return f"{office.code}_seizures_latest{name[name.rindex('.') :]}"


def _old_name(name: str, office: Office) -> str:
    return f"{name[:4]}{int(name[4:8]) - 5}{name[8:]}"


KINDS: Mapping[str, Wreck] = {
    "random_bytes": Wreck(_workbook, _noise),
    "truncated_workbook": Wreck(_workbook, _half),
    "torn_row": Wreck(_csv, _torn),
    "column_missing": Wreck(_csv, _without_reference),
    "column_twice": Wreck(_csv, _repeated),
    "empty": Wreck(_csv, lambda sheet, office, rng: b""),
    "utf16": Wreck(_plain_utf8, lambda sheet, office, rng: text(sheet, office, encoding="utf-16")),
    "cp1252": Wreck(_accented, lambda sheet, office, rng: text(sheet, office, encoding="cp1252")),
    "other_delimiter": Wreck(_unquoted, _other_delimiter),
    "foreign_name": Wreck(lambda office, sheet: True, _good, _foreign_name),
    "undated_name": Wreck(lambda office, sheet: True, _good, _undated_name),
    "wrong_year": Wreck(_csv, _good, _old_name),
}
