"""A paper is a report as a PDF of a few pages, set by Typst from the same account and pictures as its page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso.legible import each_text, spaced
from calypso.report import font

if TYPE_CHECKING:
    from calypso.report.drawing import Drawing

LOOK = Path(__file__).with_name("look.typ")
MEASURED_BY = "Liberation Sans"

Drawn = Mapping[str, "Drawing | Drawn"]  # by name, or by set and name


def paper(template: Path, told: Mapping[str, Any], drawn: Drawn) -> bytes:
    """Return the PDF (PDF/UA-1, so that a screen reader can read it) of an account with its pictures."""
    import typst

    made = typst.compile(
        LOOK.read_bytes() + template.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(font.folder())]),
        sys_inputs={"told": json.dumps(_settable(dict(told))), "pictures": json.dumps(_pictures(drawn))},
        pdf_standards="ua-1",
        timestamp=0,  # the same account gives the same bytes, whenever it is set
    )
    assert isinstance(made, bytes)
    return made


def _pictures(drawn: Drawn) -> dict[str, Any]:
    return {
        name: _pictures(one)
        if isinstance(one, Mapping)
        else {"svg": one.svg.replace(MEASURED_BY, font.NAME), "says": one.says}
        for name, one in drawn.items()
    }


def _settable(told: Any) -> Any:
    """Return an account in which every text can be set: a letter that the font lacks would fail the whole paper."""
    return each_text(told, lambda text: font.settable(spaced(text)))
