"""Publication appends to raw what is declared, where it has changed: the registry, the code lists and the rules."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

from calypso.contracts import Contract, contracts
from calypso.countries import names_in
from calypso.registry import LANGUAGES, Published, administrations, operations, participants

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

    from calypso.judging import RuleBook

TABLES = """
create table if not exists raw.administrations (
    code text not null,
    published_at timestamptz not null default clock_timestamp(),
    name_en text not null, name_fr text not null, name_es text not null, name_nl text not null,
    language text not null,
    time_zone text not null,
    currencies text[] not null,
    territories text[] not null,
    primary key (code, published_at)
);
create table if not exists raw.operations (
    code text not null,
    published_at timestamptz not null default clock_timestamp(),
    name text not null,
    starts_on date not null,
    ends_on date not null,
    time_zone text not null,
    cut_off time not null,
    rest_days text[] not null default '{}',
    datasets text[] not null,
    participants text[] not null,
    simulated boolean not null,
    published_figures jsonb not null,
    primary key (code, published_at)
);
alter table raw.operations add column if not exists rest_days text[] not null default '{}';
create table if not exists raw.codes (
    code_list text not null,
    code text not null,
    published_at timestamptz not null default clock_timestamp(),
    label_en text not null, label_fr text not null, label_es text not null, label_nl text not null,
    primary key (code_list, code, published_at)
);
create table if not exists raw.rules (
    code text not null,
    published_at timestamptz not null default clock_timestamp(),
    severity text not null,
    sentence_en text not null, sentence_fr text not null, sentence_es text not null, sentence_nl text not null,
    primary key (code, published_at)
);
"""

Entry = Mapping[str, Any]


def publish(connection: Connection, rules: RuleBook) -> None:
    """Append what is declared now, the rules with it, where it differs from what was last published."""
    _append_changed(connection, "administrations", ["code"], _administrations())
    _append_changed(connection, "operations", ["code"], _operations())
    _append_changed(connection, "codes", ["code_list", "code"], _codes())
    _append_changed(connection, "rules", ["code"], _rules(rules))


def _administrations() -> Iterator[Entry]:
    for office in administrations().values():
        yield {
            "code": office.code,
            **{f"name_{language}": office.names[language] for language in LANGUAGES},
            "language": office.language,
            "time_zone": office.zone,
            "currencies": list(office.currencies),
            "territories": list(office.territories),
        }


def _operations() -> Iterator[Entry]:
    for operation in operations().values():
        yield {
            "code": operation.code,
            "name": operation.name,
            "starts_on": operation.starts_on,
            "ends_on": operation.ends_on,
            "time_zone": operation.zone,
            "cut_off": operation.cut_off,
            "rest_days": list(operation.rest_days),
            "datasets": list(operation.datasets),
            "participants": list(participants(operation)),
            "simulated": operation.simulated,
            "published_figures": _figures(operation.published),
        }


def _figures(published: Mapping[str, Published]) -> str:
    said = {
        name: figure.model_dump(mode="json", by_alias=True, exclude_none=True) for name, figure in published.items()
    }
    return json.dumps(said, sort_keys=True)


def _codes() -> Iterator[Entry]:
    """Yield every code of every list with its labels; a list of that name says the same in all contracts."""
    told = {(one["code_list"], one["code"]): one for one in _countries()}
    for contract in contracts().values():
        told.update({(one["code_list"], one["code"]): one for one in _of_contract(contract)})
    yield from told.values()


def _of_contract(contract: Contract) -> Iterator[Entry]:
    from babel.numbers import get_currency_name

    for code_list, entries in contract.codes.items():
        for code, entry in entries.items():
            labels = {
                f"label_{language}": entry.label[language] if entry.label else get_currency_name(code, locale=language)
                for language in LANGUAGES
            }
            yield {"code_list": code_list, "code": code, **labels}


def _countries() -> Iterator[Entry]:
    names = {language: names_in(language) for language in LANGUAGES}
    for code in names["en"]:
        labels = {f"label_{language}": names[language][code] for language in LANGUAGES}
        yield {"code_list": "country", "code": code, **labels}


def _rules(book: RuleBook) -> Iterator[Entry]:
    for code, rule in book.rules.items():
        yield {
            "code": code,
            "severity": rule.severity,
            **{f"sentence_{language}": rule.sentence[language] for language in LANGUAGES},
        }


def _append_changed(connection: Connection, table: str, key: list[str], entries: Iterator[Entry]) -> None:
    import psycopg2.extras

    rows = list(entries)
    names = list(rows[0])
    target, by = ", ".join(names), ", ".join(key)
    latest = f"select distinct on ({by}) {target} from raw.{table} order by {by}, published_at desc"
    with connection.cursor() as cursor:
        cursor.execute(f"create temporary table said (like raw.{table} including defaults) on commit drop")
        psycopg2.extras.execute_values(
            cursor, f"insert into said ({target}) values %s", [[row[name] for name in names] for row in rows]
        )
        cursor.execute(
            f"insert into raw.{table} ({target}) "
            f"select {target} from said except select {target} from ({latest}) as known"
        )
        cursor.execute("drop table said")
