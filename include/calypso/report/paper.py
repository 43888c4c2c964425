"""A paper is a report as a PDF of a few pages, set by Typst from the same account and pictures as its page."""

from __future__ import annotations

import json
from collections.abc import Mapping
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from calypso.report.drawing import Drawing

LOOK = Path(__file__).with_name("look.typ")
FONT, MEASURED_BY = "Source Sans Pro", "Liberation Sans"

Drawn = Mapping[str, "Drawing | Drawn"]  # by name, or by set and name


def paper(template: Path, told: Mapping[str, Any], drawn: Drawn) -> bytes:
    """Return the PDF (PDF/UA-1, so that a screen reader can read it) of an account with its pictures."""
    import typst

    made = typst.compile(
        LOOK.read_bytes() + template.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(_fonts())]),
        sys_inputs={"told": json.dumps(told), "pictures": json.dumps(_pictures(drawn))},
        pdf_standards="ua-1",
        timestamp=0,  # the same account gives the same bytes, whenever it is set
    )
    assert isinstance(made, bytes)
    return made


def _pictures(drawn: Drawn) -> dict[str, Any]:
    return {
        name: _pictures(one)
        if isinstance(one, Mapping)
        else {"svg": one.svg.replace(MEASURED_BY, FONT), "says": one.says}
        for name, one in drawn.items()
    }


def _fonts() -> Path:
    """Return the folder of the fonts, which are a package without code worth importing."""
    found = find_spec("font_source_sans_pro")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("files")
