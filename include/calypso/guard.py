"""Read in a child process with limits and without rights, so that a file that harms its reader is answered like others.

Every workbook is read so, whatever its size. A text is read here: it asks for no more than its bytes, but for a very
large one of which neither encoding nor delimiter is declared.
"""

from __future__ import annotations

import io
import pkgutil
import zipfile
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from calypso import answer, confined
from calypso.answer import Contents, Kept
from calypso.columnar import Columnar
from calypso.contracts import contract_for, contracts
from calypso.header import Columns
from calypso.reading import Reading, empty_table, read, refused
from calypso.registry import Administration, administrations, operations
from calypso.sheet import MAX_BYTES, Row, Unreadable
from calypso.sheet.archive import is_archive
from calypso.sheet.limits import MAX_MEMORY, MAX_SECONDS
from calypso.submission import Submission

ATTEMPTS = 2  # a reader may die of what is no fault of the file, once
GUARDED_TEXT = 16 * 1024 * 1024  # bytes
_LEAST_SECONDS, _BYTES_A_SECOND = 20, 100_000  # of processor time: a workbook of half a megabyte takes one or two
_LEAST_MEMORY, _TIMES_ITS_SIZE = 768 * 1024 * 1024, 100  # bytes: what it unpacks to is held several times


def read_file(submission: Submission, path: Path, administration: Administration) -> Reading:
    """Read a submission's file where it lies: a text from its path, a workbook guarded; one too large is not opened."""
    if submission.size > MAX_BYTES:
        return read(submission, b"", administration)
    with path.open("rb") as file:
        if not is_archive(file.read(4)):
            return read(submission, path, administration)
    content = path.read_bytes()

    def contents() -> Contents:
        reading = read(submission, content, administration, False)
        return Contents(reading.columns, reading.rows, reading.findings, reading.refused)

    def packed(columns: Columns, rows: Iterator[Row]) -> Columnar:
        name = submission.name
        known = name is not None and name.dataset in contracts()
        table = empty_table(columns, contract_for(name)) if name and known else Columnar(columns.width)
        table.fill(rows)
        return table

    try:
        prepare(administration)
        found = read_safely(contents, packed, *limits(len(content)))
    except Unreadable as stopped:
        return refused(submission, stopped)
    assert isinstance(found.rows, Columnar)
    return Reading(submission, found.columns, found.rows, found.findings, found.refused)


def guarded(content: bytes, read: Callable[[], Contents], administration: Administration | None) -> Contents:
    """Return what `read` returns of `content`, a workbook or a text of any kind; in a child where it might harm."""
    if not is_archive(content) and len(content) < GUARDED_TEXT:
        return read()
    prepare(administration)
    return read_safely(read, held, *limits(len(content)))


def held(columns: Columns, rows: Iterator[Row]) -> Columnar:
    """Keep rows as they are, for a reader that needs no column of them."""
    table = Columnar(columns.width)
    table.hold(rows)
    return table


def limits(size: int) -> tuple[int, int]:
    """Return the processor seconds, and the bytes of memory, that a file of `size` bytes may take to be read."""
    seconds = min(MAX_SECONDS, _LEAST_SECONDS + size // _BYTES_A_SECOND)
    return seconds, min(MAX_MEMORY, _LEAST_MEMORY + size * _TIMES_ITS_SIZE)


def read_safely(
    read: Callable[[], Contents], keep: Kept = held, seconds: int = MAX_SECONDS, memory: int = MAX_MEMORY
) -> Contents:
    """Return what `read` returns in a confined child process, its rows kept by `keep`; or raise what it refuses.

    Raises Unreadable (F023) where the child dies twice, needs more processor time (seconds) or memory (bytes) than
    given, or answers too much or what is no answer; ReaderFailed for a defect of the reader.
    """
    how = ""
    allowed = confined.Limits(seconds, memory, answer.MAX_ANSWER, answer.MAX_LINE)
    for _ in range(ATTEMPTS):
        child = confined.start(lambda file, opened: answer.tell(read, file, opened), allowed)
        try:
            found = answer.take(child.lines(), keep)
        except answer.Malformed:
            how = child.end() or "answer"
        except confined.Stopped as stopped:
            child.kill()
            how = stopped.how
        except BaseException:
            child.kill()
            raise
        else:
            child.kill()
            return found
        if how == "time":
            break  # it would only take as long again
    raise Unreadable("F023", how, f"{seconds} s, {memory // 1024**2} MB")


def prepare(administration: Administration | None) -> None:
    """Import and read beforehand all that a reader opens, since a child can open nothing."""
    _imported()
    if administration is not None:
        _zone(administration.zone)


@cache
def _zone(name: str) -> ZoneInfo:
    return ZoneInfo(name)


@cache
def _imported() -> None:
    import encodings
    import importlib

    for module in pkgutil.iter_modules(encodings.__path__):
        if module.name not in ("mbcs", "oem"):  # of another system
            importlib.import_module(f"encodings.{module.name}")
    for read_once in (administrations, operations, contracts):
        read_once()
    from calypso.sheet.workbook import pages

    pages(_sample())


def _sample() -> bytes:
    """Return a workbook with a cell of each kind, whose reading imports what openpyxl imports late."""
    space = "http://schemas.openxmlformats.org"
    kinds = "application/vnd.openxmlformats-officedocument.spreadsheetml"
    relation = f"{space}/officeDocument/2006/relationships"
    cells = (
        "<c t='s'><v>0</v></c><c><v>1.5</v></c><c s='1'><v>45600.5</v></c><c t='b'><v>1</v></c>"
        "<c t='d'><v>2024-11-05</v></c><c t='str'><v>x</v></c><c t='inlineStr'><is><t>x</t></is></c><c><f>1</f></c>"
    )
    parts = {
        "[Content_Types].xml": f"<Types xmlns='{space}/package/2006/content-types'>"
        f"<Override PartName='/xl/workbook.xml' ContentType='{kinds}.sheet.main+xml'/>"
        f"<Override PartName='/xl/sharedStrings.xml' ContentType='{kinds}.sharedStrings+xml'/></Types>",
        "xl/workbook.xml": f"<workbook xmlns='{space}/spreadsheetml/2006/main' xmlns:r='{relation}'>"
        "<sheets><sheet name='x' sheetId='1' r:id='r1'/></sheets></workbook>",
        "xl/_rels/workbook.xml.rels": f"<Relationships xmlns='{space}/package/2006/relationships'>"
        f"<Relationship Id='r1' Type='{relation}/worksheet' Target='worksheets/sheet1.xml'/></Relationships>",
        "xl/styles.xml": f"<styleSheet xmlns='{space}/spreadsheetml/2006/main'><cellXfs count='2'>"
        "<xf numFmtId='0'/><xf numFmtId='14'/></cellXfs></styleSheet>",
        "xl/sharedStrings.xml": f"<sst xmlns='{space}/spreadsheetml/2006/main'><si><r><t>x</t></r></si></sst>",
        "xl/worksheets/sheet1.xml": f"<worksheet xmlns='{space}/spreadsheetml/2006/main'>"
        f"<sheetData><row r='1'>{cells}</row></sheetData></worksheet>",
    }
    file = io.BytesIO()
    with zipfile.ZipFile(file, "w", zipfile.ZIP_DEFLATED) as target:
        for name, text in parts.items():
            target.writestr(name, text)
    return file.getvalue()
