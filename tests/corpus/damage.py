"""Damage is what happens to honest files on their way: each is to be refused, or told, never read as if whole."""

from __future__ import annotations

import csv
from collections.abc import Iterator

from corpus.variants import DELIMITERS, HEADER, PLAIN, ROWS, Variant, text


def damaged() -> Iterator[Variant]:
    """Every damaged delimited file."""
    for mark, delimiter in DELIMITERS.items():
        yield from (Variant(f"{name}-{mark}", content, None) for name, content in _torn(delimiter))
    yield from (Variant(name, content, None) for name, content in _bytes())
    yield from (Variant(name, content, None) for name, content in _two_meanings())
    yield from (Variant(name, content, None) for name, content in _lost_marks())
    yield from _contradictions()


def _torn(d: str) -> Iterator[tuple[str, bytes]]:
    head, *lines = (text([row], d) for row in [HEADER, *ROWS])
    short = text([ROWS[2][:2] + ROWS[2][3:]], d)
    for place in (0, 3, len(lines) - 1):
        yield f"cell-lost-{place}", "".join([head, *lines[:place], short, *lines[place + 1 :]]).encode()
        surplus = lines[place].rstrip("\r\n") + f"{d}surplus\r\n"
        yield f"cell-more-{place}", "".join([head, *lines[:place], surplus, *lines[place + 1 :]]).encode()
        opened = lines[place].replace(d, d + '"', 1)
        yield f"quote-open-{place}", "".join([head, *lines[:place], opened, *lines[place + 1 :]]).encode()
    yield "header-short", (d.join(HEADER[:-1]) + "\r\n" + "".join(lines)).encode()
    yield "header-long", (d.join([*HEADER, "x"]) + "\r\n" + "".join(lines)).encode()
    yield "rows-end-in-delimiter", (head + "".join(line.rstrip("\r\n") + d + "\r\n" for line in lines)).encode()
    for cut in (3, 9, 17):
        yield f"cut-{cut}", (head + "".join(lines[:4]) + lines[4][:cut]).encode()
    yield "quote-in-quotes", (head + f'"a"b"{d}{d}{d}{d}{d}\r\n').encode()
    yield "lone-return", (head + lines[0].replace("saisie", "sai\rsie") + lines[1]).encode()
    yield "nul", (head + lines[0].replace("saisie", "sai\0sie")).encode()
    yield "endless-cell", (head + "x" * 40_000 + d * 5 + "\r\n").encode()
    yield "many-columns", (d.join(["x"] * 600) + "\r\n" + d.join(["1"] * 600) + "\r\n").encode()
    yield "spaced-quotes", (head + f'1{d} "a"{d}{d}{d}{d}\r\n').encode()
    yield "other-table-below", (head + "".join(lines) + f"\r\na{d}b\r\n1{d}2\r\n").encode()


def _bytes() -> Iterator[tuple[str, bytes]]:
    accented, plain = text([HEADER, *ROWS]), text([HEADER, *PLAIN])
    for encoding in ("cp850", "cp437", "mac-roman"):
        yield f"dos-and-mac-{encoding}", plain.encode(encoding)
    yield "half-utf8", accented[:100].encode() + accented[100:].encode("cp1252")
    yield "cut-letter", accented.encode("utf-16")[:-1]
    yield "utf16-shifted", accented.encode("utf-16-le")[1:]
    yield "empty", b""
    yield "blank", b"\r\n \r\n"
    yield "mark-only", b"\xef\xbb\xbf"
    for name, start in {
        "pdf": b"%PDF-1.7\n",
        "gzip": b"\x1f\x8b\x08\0",
        "rtf": b"{\\rtf1 ",
        "ole": b"\xd0\xcf\x11\xe0",
    }.items():
        yield name, start + accented.encode()
    for name, start in {
        "html": "<html><body><table>",
        "xml": '<?xml version="1.0"?>',
        "doctype": "<!DOCTYPE html>",
    }.items():
        yield name, (start + "\n" + accented).encode()
    yield "russian", "дата;вид;число\r\nсегодня;оружие;1\r\n".encode("cp1251")


def _two_meanings() -> Iterator[tuple[str, bytes]]:
    yield "semicolon-or-comma", b"a;b,c\r\n1;2,3\r\n4;5,6\r\n"
    yield "semicolon-or-pipe", b"a;b|c\n1;2|3\n"
    yield "tab-or-semicolon", b"a\tb;c\n1\t2;3\n"
    yield "escape-or-not", b'a,b\n"\\",",\\"\n'
    yield "escape-else", b'a,b\n"x \\"y\\" C:\\temp",1\n'
    yield "single-column-with-commas", b"name\nSmith, John\nBrown\n"
    yield "torn-decimal-commas", b"name;qty;unit\nx;1,5;kg\ny;2,5\nz;3,5;kg\n"
    yield "torn-decimal-commas-all", b"name;qty;unit\nx;1,5\ny;2,5\nz;3,5;kg\n"
    yield "title-as-wide", b"Seizures, November\n\na,b\n1,2\n3,4\n"
    yield "titled-narrow-pair", b"report\nx,1\ny,2\n"
    yield "sep-against-text", b"sep=;\na,b\n1;2\n3,4\n"


def _lost_marks() -> Iterator[tuple[str, bytes]]:
    """Yield files that lost one byte, or were written with marks that nobody agreed."""
    yield "quote-lost", b'a,b\nsay ""x"" y",1\n"p",2\n'
    yield "single-quotes", b"'a';'b'\n'1';'2'\n"
    yield "colons", b"a:b\n1:2\n3:4\n"
    yield "carets", b"a^b^c\n1^2^3\n"
    wide = text([HEADER, *ROWS]).encode("utf-16-le")
    for place in (41, 120, 301):
        yield f"utf16-byte-lost-{place}", b"\xff\xfe" + wide[:place] + wide[place + 1 :] + b"\0"
        yield f"utf16-byte-more-{place}", b"\xff\xfe" + wide[:place] + b"\x09" + wide[place:] + b"\0"


def _contradictions() -> Iterator[Variant]:
    whole = [HEADER, *ROWS]
    for code, content in (
        ("brb", text(whole, ",").encode("cp1252")),
        ("brb", text(whole, ",").encode("utf-16")),
        ("brb", b"sep=;\r\n" + text(whole, ",").encode()),
        ("mtq", text(whole, ";").encode()),
        ("mtq", text(whole, ";").encode("utf-8-sig")),
        ("brb", text([["a", "b"], ["1", "2", "3"]], ",").encode()),
        ("mtq", b"a;b\r\n\x81;1\r\n"),
        ("brb", text(whole, ";").encode()),
        ("brb", b"a;b;c\n1;2;3\n"),
        ("brb", b"a;b;c\nx;1,5;2\ny;2,5;3\n"),
        ("mtq", b"a,b\r\n1,2\r\n"),
        ("blz", b"a,b\r\n1,2\r\n"),
        ("brb", text(whole, ",", quoting=csv.QUOTE_ALL).encode().replace(b'"saisie"', b'"sai"sie"')),
    ):
        yield Variant(f"against-declared-{code}-{len(content)}-{content[:4].hex()}", content, None, (), code)
