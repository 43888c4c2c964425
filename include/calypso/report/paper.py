"""The paper is the report as a PDF of a few pages, set by Typst from the same account and pictures as the page."""

from __future__ import annotations

import json
from importlib.util import find_spec
from pathlib import Path
from typing import TYPE_CHECKING

from calypso.report.account import Told

if TYPE_CHECKING:
    from calypso.report.drawing import Drawing
    from calypso.report.pictures import Pictures

TEMPLATE = Path(__file__).with_name("paper.typ")
FONT, MEASURED_BY = "Source Sans Pro", "Liberation Sans"


def paper(told: Told, drawn: Pictures) -> bytes:
    """Return the PDF (PDF/UA-1, so that a screen reader can read it) of an account with its pictures."""
    import typst

    pictures = {
        "where": _picture(drawn.where),
        **{name: {key: _picture(one) for key, one in getattr(drawn, name).items()} for name in SETS},
    }
    inputs = {"told": json.dumps(told), "pictures": json.dumps(pictures)}
    made = typst.compile(
        TEMPLATE.read_bytes(),
        font_paths=typst.Fonts(include_system_fonts=False, font_paths=[str(_fonts())]),
        sys_inputs=inputs,
        pdf_standards="ua-1",
        timestamp=0,  # the same account gives the same bytes, whenever it is set
    )
    assert isinstance(made, bytes)
    return made


SETS = ("trends", "flows", "methods")


def _picture(drawing: Drawing) -> dict[str, str]:
    return {"svg": drawing.svg.replace(MEASURED_BY, FONT), "says": drawing.says}


def _fonts() -> Path:
    """Return the folder of the fonts, which are a package without code worth importing."""
    found = find_spec("font_source_sans_pro")
    assert found is not None
    assert found.origin is not None
    return Path(found.origin).with_name("files")
