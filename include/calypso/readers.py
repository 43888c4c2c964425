"""Administrations and partners read schemas of their own: this publishes them, and hides what the catalogue tells.

dbt makes these schemas beside the marts (dbt/macros/readers.sql), with views and functions of what a role may see. They
are published with the marts. No role but the analyst's may enter the marts themselves, where tables hold rows of all.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import TYPE_CHECKING

from psycopg2.sql import SQL, Identifier

if TYPE_CHECKING:
    from psycopg2.extensions import cursor as Cursor

ADMINISTRATIONS, PARTNER, ANALYST = "calypso_administrations", "calypso_partner", "calypso_analyst"
SCHEMAS: Mapping[str, str] = {"own": ADMINISTRATIONS, "shared": PARTNER}  # schema `marts_<name>`, by who reads it
OWN, SHARED = "marts_own", "marts_shared"

# Columns of pg_class that say how many rows and pages a table has.
SIZES = ("relpages", "reltuples", "relallvisible", "relallfrozen")

# Every function of PostgreSQL that tells of the size or the use of tables: anybody could call it for any table. What a
# session tells of itself and of others is needed by drivers and administrators' tools.
_MEASURES = """
select pg_proc.oid::regprocedure::text
from pg_proc
where pronamespace = 'pg_catalog'::regnamespace
    and (
        proname ~ '^pg_stat_get_' and proname !~ '^pg_stat_get_(activity|backend_|progress_info|snapshot)'
        or proname ~ '^pg_(table|relation|indexes|total_relation|database|tablespace)_size$'
        or proname ~ '^pg_stat_(have_stats|get_xact_)' or proname = 'pg_stat_get_progress_info'
    )
order by 1
"""
_COLUMNS = """
select attname from pg_attribute
where attrelid = 'pg_class'::regclass and attname <> all(%s) and (attnum > 0 or attname = 'tableoid')
order by attnum
"""


def publish(run: Cursor, build_no: int) -> None:
    """Let the readers' schemas of the next marts take the place of those before, in the transaction of the marts.

    Nobody enters the replaced ones any more: two builds side by side could be subtracted.
    """
    for name, role in SCHEMAS.items():
        published, before = f"marts_{name}", f"marts_before_{build_no}_{name}"
        run.execute("select to_regnamespace(%s) is not null", [published])
        if run.fetchone() == (True,):
            run.execute(f"revoke all on schema {published} from {role}")
            run.execute(f"alter schema {published} rename to {before}")
        run.execute(f"alter schema marts_next_{name} rename to {published}")
        run.execute(f"grant usage on schema {published} to {role}")
    run.execute(f"revoke all on schema marts from {ADMINISTRATIONS}, {PARTNER}")


def install(run: Cursor, own: Iterable[str], trusted: Iterable[str]) -> None:
    """Let each reader name its tables without a schema, and hide the sizes of tables from all but the `trusted` roles.

    `own` are the roles of administrations. PostgreSQL shows the catalogue to everybody by default. The number of rows
    of a table tells how many of them are hidden, and from one build to the next what has come.
    """
    paths = {ANALYST: "marts", PARTNER: SHARED, **dict.fromkeys(own, OWN)}
    for role, schema in paths.items():
        run.execute(SQL("alter role {} set search_path = {}").format(Identifier(role), Identifier(schema)))
    roles = SQL(", ").join(map(Identifier, trusted))
    run.execute(_MEASURES)
    functions = [signature for (signature,) in run.fetchall()]
    for signature in functions:
        run.execute(f"revoke execute on function {signature} from public")
        run.execute(SQL(f"grant execute on function {signature} to {{}}").format(roles))
    run.execute(_COLUMNS, [list(SIZES)])
    columns = SQL(", ").join(Identifier(name) for (name,) in run.fetchall())
    run.execute("revoke select on pg_class from public")
    run.execute(SQL("grant select ({}) on pg_class to public").format(columns))
    run.execute(SQL("grant select on pg_class to {}").format(roles))
