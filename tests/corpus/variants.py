"""A variant is one file made here with what it must be read as, or with the fact that it must be refused."""

from __future__ import annotations

import csv
import io
from collections.abc import Iterator
from dataclasses import dataclass

HEADER = ["Référence", "Type", "Date", "Quantité", "Unité", "Remarques"]
ROWS = [
    ["BB-0001", "saisie", "05/11/2024", "1,5", "kg", "à l'aéroport, dans un bagage"],
    ["BB-0002", "saisie", "05/11/2024", "12", "pièce", "dit \"l'ancien\"; rien d'autre"],
    ["0003", "rétention", "06/11/2024", "250,75", "g", ""],
    ["BB-0004", "saisie", "06/11/2024", "1000", "cartouche", "calibre 9 mm | neuf"],
    ["BB-0005", "mouvement suspect", "07/11/2024", "", "", "n'a pas répondu"],
    ["BB-0006", "saisie", "07/11/2024", "3", "kg", "  deux espaces devant"],
    ["BB-0007", "saisie", "08/11/2024", "0,003", "kg", "œuvre d’art à 10 €"],
]
QUOTED = [*ROWS[:3], ["BB-0008", "saisie", "08/11/2024", "1", "kg", "première ligne\nseconde ligne"], *ROWS[3:]]
PLAIN = [[cell.replace("œ", "oe").replace("’", "'").replace("€", "EUR") for cell in row] for row in ROWS]

DELIMITERS = {"comma": ",", "semicolon": ";", "tab": "\t", "pipe": "|"}
ENDS = {"crlf": "\r\n", "lf": "\n", "cr": "\r"}
ENCODINGS = ("utf-8", "utf-8-sig", "utf-16", "utf-16-le+bom", "utf-16-be+bom", "utf-16-le", "utf-16-be", "cp1252")

Cells = list[list[str]]


@dataclass(frozen=True)
class Variant:
    """One file: its cells, header first, where it is well-formed; else what may only be refused or told."""

    name: str
    content: bytes
    cells: Cells | None  # None: it must not be read as if nothing were wrong
    numbers: tuple[int, ...] = ()  # the physical rows of `cells`, where they are not 1, 2, 3
    administration: str | None = None


def text(rows: Cells, delimiter: str = ";", end: str = "\r\n", quoting: int = csv.QUOTE_MINIMAL, **how: object) -> str:
    file = io.StringIO(newline="")
    csv.writer(file, delimiter=delimiter, lineterminator=end, quoting=quoting, **how).writerows(rows)  # type: ignore
    return file.getvalue()


def encoded(written: str, encoding: str) -> bytes:
    if encoding.endswith("+bom"):
        return ("\ufeff" + written).encode(encoding.removesuffix("+bom"))
    return written.encode(encoding)


def well_formed() -> Iterator[Variant]:
    """Every honest dialect: all are to be read exactly."""
    yield from _dialects()
    for mark, delimiter in DELIMITERS.items():
        yield from (
            Variant(f"{name}-{mark}", content.encode(), cells, numbers)
            for name, content, cells, numbers in _layouts(delimiter)
        )
    yield from _declared()
    one = [["nom"], ["à l'aéroport"], ["deux"], ["3"]]
    for end_name, end in ENDS.items():
        yield Variant(f"single-column-{end_name}", text(one, end=end).encode(), one)
        yield Variant(
            f"single-column-quoted-{end_name}",
            text([["nom"], ["a, b; c"], ["x"]], end=end, quoting=csv.QUOTE_ALL).encode(),
            [["nom"], ["a, b; c"], ["x"]],
        )


def _dialects() -> Iterator[Variant]:
    for mark, delimiter in DELIMITERS.items():
        for end_name, end in ENDS.items():
            for encoding in ENCODINGS:
                for quoting in (csv.QUOTE_MINIMAL, csv.QUOTE_ALL):
                    plain = end == "\r" and quoting == csv.QUOTE_MINIMAL  # Python's writer does not quote \n there
                    cells = [HEADER, *(ROWS if plain else QUOTED)]
                    content = encoded(text(cells, delimiter, end, quoting), encoding)
                    yield Variant(f"{mark}-{end_name}-{encoding}-{quoting}", content, cells)


def _layouts(d: str) -> Iterator[tuple[str, str, Cells, tuple[int, ...]]]:
    whole, end = [HEADER, *ROWS], "\r\n"
    body = text(whole, d)
    head, *lines = (text([row], d) for row in whole)
    bar = d * (len(HEADER) - 1)
    shifted = tuple(range(3, 3 + len(whole)))
    yield "title", "Rapport du jour" + end + end + body, whole, shifted
    yield "two-titles", "Rapport du jour" + end + "Douanes" + end + body, whole, shifted
    yield "title-with-delimiter", f"Rapport{d} novembre{end}{body}", whole, tuple(range(2, 2 + len(whole)))
    last = [[*whole[0]], ["Total Wines Ltd", "saisie", "05/11/2024", "1", "kg", ""]]
    yield "total-as-a-name", text(last, d), last, ()
    yield "padded-title", "Rapport du jour" + bar + end + bar + end + body, whole, shifted
    yield "padded-key-value", f"Jour{d}2024-11-05{bar[2:]}d".removesuffix("d") + d + end + end + body, whole, shifted
    yield "blank-lines", head + end + end + "".join(lines) + end, whole, (1, *range(4, 4 + len(lines)))
    yield "blank-between", head + (end).join(lines) + end + end, whole, (1, *range(2, 2 + 2 * len(lines), 2))
    yield "empty-rows", body + (bar + end) * 3, whole, ()
    yield "trailing-delimiter", body.replace(end, d + end), whole, ()
    yield "two-trailing-delimiters", body.replace(end, 2 * d + end), whole, ()
    yield "no-last-newline", body.rstrip(end), whole, ()
    yield "sep-line", f"sep={d}{end}" + body, whole, tuple(range(2, 2 + len(whole)))
    yield "totals", body + text([["TOTAL", "", "", "1267,253", "", ""]], d), whole, ()
    yield "totals-narrow", body + text([["Totaux :", "", "", "1267,253"]], d), whole, ()
    yield "totals-kg", body + end + f"Totaal kg{d}{d}{d}15{d}{d}{end}Total{d}{d}{d}4{d}{d}{end}", whole, ()
    tricky = [HEADER[:3], ['a "b" c', f"x{d}y", "z"], ['"', '""', "1"], ["p", 'q "', '" r']]
    yield "doubled-quotes", text(tricky, d), tricky, ()
    escaped = [HEADER[:3], ['a "b" c', f"x{d}y", "z"], ["p", 'say "hi", you', "back \\ slash"]]
    yield "escaped-quotes", text(escaped, d, quoting=csv.QUOTE_ALL, doublequote=False, escapechar="\\"), escaped, ()
    yield "header-only", head, [HEADER], ()
    yield "one-row", head + lines[0], [HEADER, ROWS[0]], ()
    yield "two-columns", text([["a", "b"], ["x", "1"], ["y", "2"]], d), [["a", "b"], ["x", "1"], ["y", "2"]], ()
    index = [["", "a", "b"], ["0", "x", "1"], ["1", "y", "2"]]
    yield "unnamed-first-column", text(index, d), index, ()
    inner = [["a", "b", "c"], ["1", 'dit "non" ici', "3"], ["2", "tuyau 5' x", "4"]]
    yield (
        "newlines-in-header",
        text([["a\nb", "c", "d"], ["1", "2", "3"]], d),
        [["a\nb", "c", "d"], ["1", "2", "3"]],
        (),
    )
    yield "quotes-within-plain", end.join(d.join(row) for row in inner) + end, inner, ()
    gaps = [["a", "b", "c"], ["1", "", ""], ["", "2", ""], ["", "", "3"]]
    yield "sparse", text(gaps, d), gaps, ()
    twice = [["a", "a", "b"], ["1", "2", "3"]]
    yield "duplicate-header", text(twice, d), twice, ()
    wide = [[f"c{n}" for n in range(300)], [str(n) for n in range(300)]]
    yield "300-columns", text(wide, d), wide, ()
    yield "long-cell", text([["a", "b"], ["x" * 30_000, "1"]], d), [["a", "b"], ["x" * 30_000, "1"]], ()


def _declared() -> Iterator[Variant]:
    """What an administration declares is used: brb comma and UTF-8, mtq semicolon and cp1252, blz tab."""
    whole = [HEADER, *QUOTED]
    for code, delimiter, encoding in (("brb", ",", "utf-8"), ("mtq", ";", "cp1252"), ("blz", "\t", "utf-8")):
        for end_name, end in ENDS.items():
            content = text(whole, delimiter, end, csv.QUOTE_ALL).encode(encoding)
            yield Variant(f"declared-{code}-{end_name}", content, whole, administration=code)
        ambiguous = [["a", "b"], ["1", "2"]]
        both = text(ambiguous, delimiter).replace("a", "a,x;y|z\tw".replace(delimiter, ""))
        cells = [["a,x;y|z\tw".replace(delimiter, ""), "b"], ["1", "2"]]
        yield Variant(f"declared-{code}-others-inside", both.encode(encoding), cells, administration=code)
