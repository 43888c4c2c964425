"""Making gathers what a site holds: reports as they lie there, and the pages that lead to them, made anew."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import datetime
from pathlib import Path

from calypso import judging, reference
from calypso.contracts import contracts
from calypso.reference.pages import RULES_PAGE, codes_page, specification_page
from calypso.registry import LANGUAGES, Operation, operations
from calypso.report.underway import is_underway
from calypso.site import guides
from calypso.site.frame import index_name
from calypso.site.home import REPORTS, Shown, home
from calypso.site.laying import Contents
from calypso.site.policy import WAREHOUSE
from calypso.site.published import editions, results

REFERENCE, GUIDES = "reference", "guides"
WRITTEN = (
    "administrations",
    "receipts",
    "analysts",
    "operators",
    "scaling",
    "security",
    "engineers",
)  # the guides that home leads to


def contents(reports: Path, warehouse: Path | None, now: datetime) -> Contents:
    """Return every file of the site, of the reports in a folder and the page that documents the warehouse, if any."""
    shown = [_shown(reports, operation, now) for operation in operations().values()]
    made: dict[str, bytes | Path] = {
        f"{REPORTS}/{path.as_posix()}": reports / path for one in shown for path in _files(one)
    }
    made |= {f"{GUIDES}/{name}": page for name, page in guides.guides().items()}
    if warehouse:
        made[WAREHOUSE] = warehouse
    rules = judging.rules()
    for language in LANGUAGES:
        found = reference.in_language(language, rules, home=f"../../{index_name(language)}")
        made |= {f"{REFERENCE}/{language}/{name}": content for name, content in found.items()}
        made[index_name(language)] = home(shown, _links(language, warehouse), language, now)
    return made


def _shown(reports: Path, operation: Operation, now: datetime) -> Shown:
    underway = is_underway(reports, operation.code, now)
    return Shown(operation, editions(reports, operation.code), results(reports, operation.code), underway)


def _files(shown: Shown) -> list[Path]:
    of_days = (edition for day in shown.editions.values() for edition in day)
    return [path for files in (shown.results, *(one.files for one in of_days)) for path in files.values()]


def _links(language: str, warehouse: Path | None) -> Mapping[str, tuple[str, str]]:
    """Return where the links of the home page lead, and which language is spoken there."""
    dataset = next(iter(contracts()))  # its pages lead to those of the others
    pages = {
        "specification": specification_page(dataset),
        "rules": RULES_PAGE,
        "codes": codes_page(dataset),
        "schema": f"{dataset}.schema.json",
    }
    links = {name: (f"{REFERENCE}/{language}/{page}", language) for name, page in pages.items()}
    for guide in WRITTEN:
        page, spoken = guides.in_language(guide, language)
        links[guide] = (f"{GUIDES}/{page}", spoken)
    return links | ({"warehouse": (WAREHOUSE, "en")} if warehouse else {})
