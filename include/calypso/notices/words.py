"""The words of a notice, in its office's language: a page for its folder, and a letter that says it is there."""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date, datetime
from functools import cache
from pathlib import Path
from zoneinfo import ZoneInfo

from calypso.deadlines import deadline
from calypso.declarations import Declared, load
from calypso.notices.giving import Notice
from calypso.registry import Administration, Operation, Texts, administrations, operations

PATH = Path(__file__).with_name("texts.yml")
FILE_NAME = "notice.txt"


class Wording(Declared):
    """The texts of notices."""

    texts: Mapping[str, Texts]


@cache
def wording() -> Mapping[str, Texts]:
    """Return the texts, read once."""
    return load(PATH, Wording).texts


def page(notice: Notice) -> str:
    """Return what an office reads in its folder: which days are missing, which is due until when, and what to send."""
    operation, office = operations()[notice.operation], administrations()[notice.administration]
    said = {name: text[office.language] for name, text in wording().items()}
    lines = [said["title"].format(office=office.name, operation=operation.name), ""]
    missing = [day for day in notice.days if _due(operation, office, day) <= notice.due_at]
    if missing:
        lines += [said["missing"], *(f"  {day}  {office.code}_{day}_{notice.dataset}" for day in missing), ""]
    for day in notice.days[len(missing) :]:
        until = f"{_due(operation, office, day):%Y-%m-%d %H:%M}"
        lines += [
            said["due"].format(until=until, zone=office.zone),
            f"  {day}  {office.code}_{day}_{notice.dataset}",
            "",
        ]
    lines += [said["nil"].format(name=f"{office.code}_{notice.days[-1]}_{notice.dataset}_nil.csv")]
    lines += [said["excuse"].format(name=f"{office.code}_{notice.days[-1]}_{notice.dataset}_excused.csv")]
    if operation.simulated:
        lines += ["", said["simulated"]]
    return "\n".join(lines) + "\n"


def letter(notice: Notice) -> tuple[str, str]:
    """Return subject and text of a mail: that there is something to read, and where; never what."""
    office = administrations()[notice.administration]
    said = {name: text[office.language] for name, text in wording().items()}
    return said["subject"], said["mail"].format(folder="receipts", name=FILE_NAME)


def _due(operation: Operation, office: Administration, day: date) -> datetime:
    return deadline(day, operation.cut_off, office.zone).astimezone(ZoneInfo(office.zone))
