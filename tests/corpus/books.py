"""Books are workbooks of every honest oddity, from two writers and by hand, and damaged ones."""

from __future__ import annotations

import io
import re
import zipfile
from collections.abc import Callable, Iterator
from datetime import date, datetime, time, timedelta
from typing import Any

import openpyxl
import xlsxwriter
from corpus.variants import HEADER, ROWS, Variant
from openpyxl.cell.rich_text import CellRichText, TextBlock
from openpyxl.cell.text import InlineFont

HEAD = ["ref", "when", "quantity", "text"]
WHEN = datetime(2024, 11, 5, 8, 30)
DATA = [["007", WHEN, 0.1, "é"], ["BB-2", date(2024, 11, 6), 1200, "two\nlines"], ["BB-3", time(14, 5), -2.5e-7, ""]]
READ = [
    HEAD,
    ["007", "2024-11-05T08:30:00", "0.1", "é"],
    ["BB-2", "2024-11-06", "1200", "two\nlines"],
    ["BB-3", "14:05:00", "-0.00000025", ""],
]
MADE_AT = (2024, 1, 1, 0, 0, 0)
_DATED = re.compile(rb"(<dcterms:(?:created|modified)[^>]*)>[^<]*</dcterms:(?:created|modified)>")
SHEET = "xl/worksheets/sheet1.xml"
Change = Callable[[bytes], bytes]


def opened(fill: Callable[[Any, Any], None], rows: list[list[Any]] | None = None) -> bytes:
    """Return what openpyxl writes of `rows` after `fill` has changed book and sheet."""
    book = openpyxl.Workbook()
    for row in [HEAD, *DATA] if rows is None else rows:
        book.active.append(row)
    fill(book, book.active)
    file = io.BytesIO()
    book.save(file)
    return undated(file.getvalue())


def written(fill: Callable[[Any, Any], None], **options: Any) -> bytes:
    """Return what xlsxwriter writes."""
    file = io.BytesIO()
    book = xlsxwriter.Workbook(file, {"in_memory": True, "default_date_format": "dd/mm/yyyy hh:mm", **options})
    fill(book, book.add_worksheet())
    book.close()
    return undated(file.getvalue())


def undated(content: bytes) -> bytes:
    """Return a workbook without the time it was made, so that the same seed always spoils the same bytes."""
    return patched(content, {"docProps/core.xml": lambda body: _DATED.sub(rb"\1 />", body)})


def patched(content: bytes, changes: dict[str, Change | None], more: dict[str, bytes] | None = None) -> bytes:
    """Return a workbook with parts changed, left out (None) or added."""
    file = io.BytesIO()
    with zipfile.ZipFile(io.BytesIO(content)) as source, zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for part in source.namelist():
            change = changes.get(part, bytes)
            if change is not None:
                target.writestr(zipfile.ZipInfo(part, MADE_AT), change(source.read(part)), zipfile.ZIP_DEFLATED)
        for part, body in (more or {}).items():
            target.writestr(zipfile.ZipInfo(part, MADE_AT), body, zipfile.ZIP_DEFLATED)
    return file.getvalue()


def by_hand(rows: bytes) -> bytes:
    """Return a workbook whose sheet data are `rows`."""

    def put(sheet: bytes) -> bytes:
        return sheet[: sheet.index(b"<sheetData>") + 11] + rows + sheet[sheet.index(b"</sheetData>") :]

    return patched(opened(lambda book, sheet: None, [["x"]]), {SHEET: put})


def nothing(book: Any, sheet: Any) -> None:
    """Change nothing."""


def well_formed() -> Iterator[Variant]:
    """Every honest workbook: all are to be read exactly."""
    for name, content, cells, numbers in [*_by_openpyxl(), *_by_xlsxwriter(), *_by_hand()]:
        yield Variant(f"book-{name}", content, cells, numbers)


def _by_openpyxl() -> Iterator[tuple[str, bytes, list[list[str]], tuple[int, ...]]]:
    yield "plain", opened(nothing), READ, ()
    yield "texts", opened(nothing, [HEADER, *ROWS]), [HEADER, *ROWS], ()
    yield "titles", opened(nothing, [["Report"], [], HEAD, *DATA]), READ, (3, 4, 5, 6)
    yield "merged-title", opened(lambda b, s: s.merge_cells("A1:D1"), [["Report"], HEAD, *DATA]), READ, (2, 3, 4, 5)
    groups = [["Case", None, None, "Goods", None, None], list("abcdef"), list("123456")]
    yield "merged-groups", opened(lambda b, s: s.merge_cells("A1:C1"), groups), groups[1:], (2, 3)
    yield "blank-rows", opened(nothing, [HEAD, [], *DATA, [], []]), READ, (1, 3, 4, 5)
    yield "hidden-rows", opened(lambda b, s: setattr(s.row_dimensions[3], "hidden", True)), READ, ()
    yield "hidden-columns", opened(lambda b, s: setattr(s.column_dimensions["B"], "hidden", True)), READ, ()
    yield "empty-sheets", opened(lambda b, s: b.create_sheet("more")), READ, ()
    yield "first-sheet-empty", opened(lambda b, s: b.create_sheet("first", 0)), READ, ()
    for state in ("hidden", "veryHidden"):
        yield f"{state}-lists", opened(lambda b, s, state=state: _hide(b, state)), READ, ()
    yield "styled-empty", opened(lambda b, s: setattr(s["Z90"], "number_format", "0.00")), READ, ()
    yield "1904", opened(lambda b, s: _mac(b)), READ, ()
    yield "errors", opened(nothing, [["a", "b"], ["#REF!", "#N/A"]]), [["a", "b"], ["#REF!", "#N/A"]], ()
    yield "truths", opened(nothing, [["a", "b"], [True, False]]), [["a", "b"], ["TRUE", "FALSE"]], ()
    yield "percent", opened(lambda b, s: setattr(s["A2"], "number_format", "0%"), [["a"], [0.5]]), [["a"], ["0.5"]], ()
    yield "duration", opened(nothing, [["a"], [timedelta(hours=26, minutes=30)]]), [["a"], ["26:30:00"]], ()
    numbers = [1e15, 1234567890123456, 1e21, 1.5, 100.0, 0.1 + 0.2, 1 / 3, -0.0, 1e-10]
    spelt = ["1000000000000000", "1234567890123456", "1000000000000000000000", "1.5", "100"]
    spelt += ["0.3", "0.3333333333333333", "0", "0.0000000001"]
    yield "numbers", opened(nothing, [["a"], *([n] for n in numbers)]), [["a"], *([n] for n in spelt)], ()
    rich = CellRichText("plain ", TextBlock(InlineFont(b=True), "bold"), " end")
    yield "rich-text", opened(nothing, [["a"], [rich]]), [["a"], ["plain bold end"]], ()
    texts = [["a"], ["0012"], ["1,5"], [" x "], ["=x"], ["12345678901234567890"], ["05/11/2024"]]
    yield "text-numbers", opened(lambda b, s: setattr(s["A5"], "data_type", "s"), texts), texts, ()
    yield "totals", opened(nothing, [HEAD, *DATA, ["Total", None, 3, None]]), READ, ()
    early = [["a"], [2958466], [-1], [60]]
    far = opened(lambda b, s: [setattr(s[c], "number_format", "dd/mm/yyyy") for c in ("A2", "A3", "A4")], early)
    yield "dates-out-of-range", far, [["a"], ["2958466"], ["-1"], ["60"]], ()


def _hide(book: Any, state: str) -> None:
    sheet = book.create_sheet("lists")
    sheet.append(["kg"])
    sheet.sheet_state = state


def _mac(book: Any) -> None:
    book.epoch = openpyxl.utils.datetime.CALENDAR_MAC_1904


def _by_xlsxwriter() -> Iterator[tuple[str, bytes, list[list[str]], tuple[int, ...]]]:
    def fill(book: Any, sheet: Any) -> None:
        for number, row in enumerate([HEAD, *DATA]):
            for column, cell in enumerate(row):
                if cell == "":
                    sheet.write_blank(number, column, None)
                else:
                    sheet.write(number, column, cell)

    yield "xlsxwriter", written(fill), READ, ()
    yield "xlsxwriter-1904", written(fill, date_1904=True), READ, ()
    yield "xlsxwriter-inline", written(fill, constant_memory=True), READ, ()

    def odd(book: Any, sheet: Any) -> None:
        sheet.write_row(0, 0, ["a", "b", "c"])
        sheet.write_string(1, 0, "tab\there\rreturn \x07 _x000D_")
        sheet.write_formula(1, 1, "=1+1", None, 2)
        sheet.write_formula(1, 2, '="x"&""', None, "x")
        sheet.write_formula(2, 0, "=1/0", None, "#DIV/0!")
        sheet.write_blank(2, 1, None)
        sheet.write_boolean(2, 2, True)
        bold = book.add_format({"bold": True})
        sheet.write_rich_string(3, 0, "one ", bold, "two", " three")
        sheet.write_url(3, 1, "https://example.org/", string="link")
        sheet.write_number(3, 2, 5, book.add_format({"num_format": "0.00%"}))

    odd_read = [["a", "b", "c"], ["tab\there\rreturn \x07 _x000D_", "2", "x"], ["#DIV/0!", "", "TRUE"]]
    yield "xlsxwriter-odd", written(odd), [*odd_read, ["one two three", "link", "5"]], ()

    def table(book: Any, sheet: Any) -> None:
        sheet.add_table("B3:C5", {"data": [["x", 1], ["y", 2]], "columns": [{"header": "name"}, {"header": "n"}]})

    yield "xlsxwriter-table", written(table), [["", "name", "n"], ["", "x", "1"], ["", "y", "2"]], (3, 4, 5)


def _by_hand() -> Iterator[tuple[str, bytes, list[list[str]], tuple[int, ...]]]:
    head = b"<row><c t='inlineStr'><is><t>a</t></is></c><c t='inlineStr'><is><t>b</t></is></c></row>"
    two = [["a", "b"], ["1", "2"]]
    yield "no-references", by_hand(head + b"<row><c><v>1</v></c><c><v>2</v></c></row>"), two, ()
    far = b"<row r='9'><c r='A9'><v>1</v></c><c r='B9'><v>2</v></c></row>"
    yield "far-row", by_hand(head + far), two, (1, 9)
    iso = b"<row><c t='d'><v>2024-11-05T08:30:00</v></c><c t='d'><v>2024-11-05</v></c></row>"
    yield "iso-dates", by_hand(head + iso), [["a", "b"], ["2024-11-05T08:30:00", "2024-11-05"]], ()
    spaces = b"<row><c t='inlineStr'><is><t xml:space='preserve'>  x </t></is></c><c t='str'><v> y</v></c></row>"
    yield "outer-spaces", by_hand(head + spaces), [["a", "b"], ["  x ", " y"]], ()
    exponent = b"<row><c><v>1.5E+3</v></c><c><v>2E-7</v></c></row>"
    yield "exponents", by_hand(head + exponent), [["a", "b"], ["1500", "0.0000002"]], ()
    wrong = patched(opened(nothing), {SHEET: lambda part: part.replace(b'ref="A1:D4"', b'ref="A1"')})
    yield "wrong-dimension", wrong, READ, ()
    none = patched(opened(nothing), {"docProps/core.xml": None, "docProps/app.xml": None, "xl/theme/theme1.xml": None})
    yield "no-properties", none, READ, ()
    prefixed = patched(opened(nothing), {SHEET: _prefixed})
    yield "prefixed", prefixed, READ, ()


def _prefixed(sheet: bytes) -> bytes:
    named = sheet.replace(b"<worksheet xmlns=", b"<worksheet xmlns:x=")
    return re.sub(rb"<(/?)(?=[a-zA-Z])", rb"<\1x:", named)


def damaged() -> Iterator[Variant]:
    """Every damaged workbook: all are to be refused."""
    good = written(lambda book, sheet: [sheet.write_row(n, 0, row) for n, row in enumerate([HEADER, *ROWS])])
    for name, content in [*_by_archive(good), *_by_sheet(good)]:
        yield Variant(f"book-{name}", content, None)


def _by_archive(good: bytes) -> Iterator[tuple[str, bytes]]:
    for cut in range(4, len(good), len(good) // 24):
        yield f"cut-{cut}", good[:cut]
    yield "bomb", patched(good, {}, {"xl/media/image1.bin": b"\0" * 60_000_000})
    yield "many-parts", patched(good, {}, {f"xl/media/{n}.bin": b"" for n in range(2_100)})
    yield "upward", patched(good, {}, {"../../etc/cron.d/x": b"x"})
    yield "absolute", patched(good, {}, {"/etc/cron.d/x": b"x"})
    yield "twice", patched(good, {}, {SHEET: b"<worksheet/>"})
    yield "twice-in-capitals", patched(good, {}, {SHEET.upper(): b"<worksheet/>"})
    for part in ("xl/workbook.xml", SHEET, "[Content_Types].xml", "xl/_rels/workbook.xml.rels", "xl/sharedStrings.xml"):
        yield f"without-{part}", patched(good, {part: None})
    yield "ods", patched(good, {}, {"mimetype": b"application/vnd.oasis.opendocument.spreadsheet"})
    yield "xlsb", patched(good, {}, {"xl/workbook.bin": b"x"})
    yield "docx", patched(good, {"xl/workbook.xml": None}, {"word/document.xml": b"<w/>"})
    yield "ole", b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1" + good
    yield "empty-zip", b"PK\x05\x06" + b"\0" * 18
    yield "wrong-sum", good.replace(b"PK\x03\x04", b"PK\x03\x05", 1)


def _by_sheet(good: bytes) -> Iterator[tuple[str, bytes]]:
    entity = b'<!DOCTYPE x [<!ENTITY a "aaaaaaaaaa"><!ENTITY b "&a;&a;&a;&a;&a;&a;&a;&a;&a;&a;">]>'
    for part in (SHEET, "xl/sharedStrings.xml", "xl/workbook.xml", "xl/styles.xml", "[Content_Types].xml"):
        yield f"entities-{part}", patched(good, {part: lambda body: entity + body.split(b"?>", 1)[-1]})
        yield f"half-{part}", patched(good, {part: lambda body: body[: len(body) // 2]})
    two = opened(lambda book, sheet: book.create_sheet("more").append(["a", "b"]))
    yield "two-sheets", two
    yield "nothing", opened(nothing, [])
    yield "only-hidden", opened(lambda book, sheet: (_hide(book, "visible"), book["lists"].delete_rows(1),
                                                     setattr(sheet, "sheet_state", "hidden")))  # fmt: skip
    transitional, iso = b"http://schemas.openxmlformats.org/", b"http://purl.oclc.org/ooxml/"
    main = (transitional + b"spreadsheetml/2006/main", iso + b"spreadsheetml/main")
    strict = patched(good, {SHEET: lambda body: body.replace(*main)})
    yield "strict", strict
    other = patched(good, {SHEET: lambda body: body.replace(b"spreadsheetml/2006/main", b"spreadsheetml/2099/main")})
    yield "other-namespace", other
    cell = b"<c r='A%d'><v>1</v></c>"
    yield "rows-out-of-order", by_hand(b"<row r='2'>" + cell % 2 + b"</row><row r='1'>" + cell % 1 + b"</row>")
    yield "row-twice", by_hand(2 * (b"<row r='1'>" + cell % 1 + b"</row>"))
    yield "cell-twice", by_hand(b"<row r='1'>" + 2 * (cell % 1) + b"</row>")
    yield "cell-of-other-row", by_hand(b"<row r='1'>" + cell % 2 + b"</row>")
    yield "row-zero", by_hand(b"<row r='0'><c><v>1</v></c></row>")
    yield "row-beyond", by_hand(b"<row r='1'>" + cell % 1 + b"</row><row r='1048577'><c><v>1</v></c></row>")
    yield "column-beyond", by_hand(b"<row r='1'><c r='XFD1'><v>1</v></c></row>")
    for value in (b"abc", b"NaN", b"1E999", b"1_000", b"1,5"):
        yield f"number-{value.decode()}", by_hand(b"<row><c><v>" + value + b"</v></c></row>")
    for kind, value in ((b"s", b"99"), (b"s", b"-1"), (b"b", b"2"), (b"d", b"x"), (b"q", b"1")):
        yield f"{kind.decode()}-{value.decode()}", by_hand(b"<row><c t='" + kind + b"'><v>" + value + b"</v></c></row>")
    yield "long-cell", by_hand(b"<row><c t='str'><v>" + b"x" * 40_000 + b"</v></c></row>")
    yield "two-meanings", opened(nothing, [["report", None], ["x", 1], ["y", 2]])
