"""An archive is the ZIP file that a workbook is; it is looked through before anything in it is opened."""

from __future__ import annotations

import io
import zipfile
from collections.abc import Iterable
from pathlib import PurePosixPath

from calypso.sheet.cells import Unreadable
from calypso.sheet.limits import ALWAYS_UNPACKED, MAX_PARTS, MAX_UNPACKED_BYTES, MAX_UNPACKED_RATIO

_OTHERS = {
    b"\xd0\xcf\x11\xe0": "XLS (Excel 97-2003), DOC, or a workbook with a password",
    b"%PDF": "PDF",
    b"<": "HTML, XML",
}
_OTHER_PARTS = {
    "mimetype": "ODS (OpenDocument)",
    "xl/workbook.bin": "XLSB (binary workbook)",
    "word/document.xml": "DOCX",
}
_ENCRYPTED = 0x1
WORKBOOK = "[Content_Types].xml"


def is_archive(content: bytes) -> bool:
    """Tell whether bytes begin as a ZIP file does."""
    return content.startswith((b"PK\x03\x04", b"PK\x05\x06"))


def is_workbook(content: bytes) -> bool:
    """Tell whether bytes begin as a workbook of any age does."""
    return is_archive(content) or content.startswith(b"\xd0\xcf\x11\xe0")


def looked_through(content: bytes) -> zipfile.ZipFile:
    """Return the archive opened; raises Unreadable where it is another format, a bomb, or not to be trusted."""
    other = next((name for start, name in _OTHERS.items() if content.startswith(start)), None)
    if other:
        raise Unreadable("F004", other, "XLSX")
    try:
        archive = zipfile.ZipFile(io.BytesIO(content))
    except (zipfile.BadZipFile, OSError, ValueError, NotImplementedError, OverflowError) as error:
        raise Unreadable("F004", type(error).__name__, "XLSX") from error
    parts = archive.infolist()
    _refuse_bombs(parts, len(content))
    names = [part.filename for part in parts]
    other = next((name for part, name in _OTHER_PARTS.items() if part in names), None)
    if other or WORKBOOK not in names:
        raise Unreadable("F004", other or "ZIP", "XLSX")
    _refuse_tricks(parts, names)
    return archive


def _refuse_bombs(parts: list[zipfile.ZipInfo], size: int) -> None:
    if len(parts) > MAX_PARTS:
        raise Unreadable("F022", f"{len(parts)} parts", f"at most {MAX_PARTS} parts")
    unpacked = sum(part.file_size for part in parts)
    allowed = min(MAX_UNPACKED_BYTES, max(ALWAYS_UNPACKED, MAX_UNPACKED_RATIO * size))
    if unpacked > allowed:
        raise Unreadable("F022", f"{unpacked} bytes", f"at most {allowed} bytes")


def _refuse_tricks(parts: list[zipfile.ZipInfo], names: Iterable[str]) -> None:
    """Refuse parts that stand twice, lie outside the archive, or are locked."""
    seen: set[str] = set()
    for part in parts:
        name = part.filename
        if name.lower() in seen:
            raise Unreadable("F004", f"{name[:80]}, 2 x", "XLSX")
        if name.startswith(("/", "\\")) or ":" in name or ".." in PurePosixPath(name.replace("\\", "/")).parts:
            raise Unreadable("F004", name[:80], "XLSX")
        if part.flag_bits & _ENCRYPTED:
            raise Unreadable("F004", "ZIP with a password", "XLSX")
        seen.add(name.lower())
