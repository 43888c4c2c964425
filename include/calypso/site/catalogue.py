"""The catalogue is dbt's documentation of the warehouse: every table and column described, and what it is made of.

It takes a quarter of a minute, so it is made anew only where models or columns have changed, and kept for the site.
"""

from __future__ import annotations

import hashlib
import re
from pathlib import Path
from typing import TYPE_CHECKING

from calypso import transformation, warehouse
from calypso.site.policy import SCRIPTED

if TYPE_CHECKING:
    from calypso.settings import Settings

PAGE, STAMP = "index.html", "version.txt"
FOLDERS = ("macros", "models", "seeds", "tests")  # of dbt's project, beside its own declaration

_COLUMNS = """
select c.relname, a.attname, format_type(a.atttypid, a.atttypmod)
from pg_attribute as a
join pg_class as c on c.oid = a.attrelid
where c.relnamespace = 'marts'::regnamespace and c.relkind in ('r', 'v', 'm') and a.attnum > 0 and not a.attisdropped
order by c.relname, a.attnum
"""


def kept(settings: Settings) -> Path | None:
    """Return the page that was made last, if any."""
    page = _room(settings) / PAGE
    return page if page.is_file() else None


def renew(settings: Settings) -> bool:
    """Make the page anew where models or columns have changed since; tell whether. Raises BuildFailed.

    Before the first build there is nothing to describe.
    """
    room, columns = _room(settings), _columns(settings)
    if not columns:
        return False
    stamp = hashlib.sha256(f"{_models(transformation.PROJECT)}{columns}".encode()).hexdigest()
    if kept(settings) and (room / STAMP).is_file() and (room / STAMP).read_text() == stamp:
        return False
    (room / STAMP).unlink(missing_ok=True)
    write(settings, room)
    (room / STAMP).write_text(stamp)
    return True


def write(settings: Settings, folder: Path) -> Path:
    """Write the page into a folder, as `index.html`; return its path. Raises BuildFailed."""
    page = _alone(transformation.catalogue(settings))
    folder.mkdir(parents=True, exist_ok=True)
    part = folder / f".{PAGE}.part"
    part.write_text(page, encoding="utf-8")
    return part.replace(folder / PAGE)


def _alone(page: str) -> str:
    """Return dbt's own page so that it asks nobody for anything: its script could count its readers elsewhere.

    Its links lead to no file, and its icons would be asked for by names that only its script makes true.
    """
    head, mark, rest = page.partition('<meta charset="utf-8">')
    if not mark:
        raise transformation.BuildFailed("dbt's documentation has another form than is known: it could ask for more.")
    policy = f'<meta http-equiv="Content-Security-Policy" content="{SCRIPTED}">'
    start, script, body = rest.partition("<script")
    named = body.replace('xlink:href="{{', 'ng-href="{{')
    return f"{head}{mark}{policy}{re.sub('<link [^>]*>', '', start)}{script}{named}"


def _models(project: Path) -> str:
    """Return a hash of what dbt makes the warehouse of."""
    found = [path for folder in FOLDERS for path in (project / folder).rglob("*") if path.is_file()]
    told = hashlib.sha256()
    for path in sorted([project / "dbt_project.yml", *found]):
        told.update(f"{path.relative_to(project)}\0".encode() + path.read_bytes() + b"\0")
    return told.hexdigest()


def _columns(settings: Settings) -> list[tuple[str, ...]]:
    """Return every column of the published marts with its type."""
    with warehouse.transaction(settings.warehouse("transformer")) as connection, connection.cursor() as cursor:
        cursor.execute(_COLUMNS)
        return list(cursor.fetchall())


def _room(settings: Settings) -> Path:
    return settings.site.with_name("catalogue")
