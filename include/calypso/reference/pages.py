"""The pages are the specification, the rule catalogue and the code lists, as HTML that needs nothing but itself."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

from calypso.contracts import Contract, contracts
from calypso.countries import names_in
from calypso.judging import RuleBook
from calypso.markup import templates
from calypso.reference.choices import name_of
from calypso.reference.examples import DATES, breakable, rows_of, sentence_of
from calypso.reference.naming import file_names
from calypso.reference.wording import said, wording
from calypso.registry import Administration

if TYPE_CHECKING:
    from jinja2 import Environment

ROOM = Path(__file__).parent
RULES_PAGE = "rules.html"
MARKS = {"\t": "TAB"}  # separators that cannot be seen


def pages(
    language: str, rules: RuleBook, fingerprint: str, administration: Administration | None, home: str | None = None
) -> Iterator[tuple[str, str]]:
    """Yield the name and the HTML of each page in one language, with what is agreed with an administration.

    `home` is where they lead up to, if they lie in a site.
    """
    words = wording()
    common = {
        "language": language,
        "fingerprint": fingerprint,
        "rules_version": rules.version,
        "administration": administration,
        "home": home,
        "text": said(words.pages, language),
        "datasets": said(words.datasets, language),
        "severities": said(words.severities, language),
        "contracts": contracts(),
    }
    for dataset, contract in contracts().items():
        here = {**common, "contract": contract}
        yield (
            specification_page(dataset),
            _render("specification.html.j2", **here, **_specification(contract, language, rules, administration)),
        )
        yield codes_page(dataset), _render("codes.html.j2", **here, lists=_lists(contract, language))
    yield RULES_PAGE, _render("rules.html.j2", **common, rooms=_rules(language, rules))


def specification_page(dataset: str) -> str:
    """Return the name of a dataset's specification."""
    return f"{dataset}_specification.html"


def codes_page(dataset: str) -> str:
    """Return the name of the page of a dataset's code lists."""
    return f"{dataset}_codes.html"


def _specification(
    contract: Contract, language: str, rules: RuleBook, administration: Administration | None
) -> dict[str, Any]:
    words = wording()
    groups: dict[str, list[Any]] = {}
    for field in contract.fields.values():
        groups.setdefault(words.groups[field.group][language], []).append(field)
    return {
        "groups": groups,
        "types": said(words.types, language),
        "required": said(words.required, language),
        "rules_of": {
            name: [code for code, rule in rules.rules.items() if rule.field == name] for name in contract.fields
        },
        "names": file_names(administration) if administration else [],
        "notes": [words.template[note][language] for note in ("one_item", "cash", "no_names", "own_columns")],
        "agreed": _agreed(administration, language) if administration else {},
    }


def _agreed(administration: Administration, language: str) -> dict[str, str]:
    """Return what is agreed with an administration about its files, by its name."""
    text = said(wording().pages, language)
    names = names_in(language)
    return {
        text["office"]: administration.names[language],
        text["office_code"]: administration.code,
        text["encoding"]: administration.encoding,
        text["delimiter"]: MARKS.get(administration.delimiter, administration.delimiter),
        text["decimal_mark"]: f"{administration.decimal_mark}   (1250{administration.decimal_mark}5)",
        text["date_order"]: text["iso_too"].format(example=DATES[administration.date_order]),
        text["territories"]: ", ".join(f"{names[code]} ({code})" for code in administration.territories),
        text["zone"]: administration.zone,
    }


def _rules(language: str, rules: RuleBook) -> dict[str, list[dict[str, Any]]]:
    """Return the rules by what they are about, each with its sentence and its examples."""
    text = said(wording().pages, language)
    rooms: dict[str, list[dict[str, Any]]] = {text["file_rules"]: [], text["row_rules"]: []}
    for code, rule in rules.rules.items():
        of_file = code.startswith("F")
        told = {
            "code": code,
            "of_file": of_file,
            "severity": rule.severity,
            "field": rule.field,
            "sentence": sentence_of(rule, language),
            "right": rows_of(rule.right, language, of_file),
            "wrong": rows_of(rule.wrong, language, of_file),
        }
        rooms[text["file_rules" if of_file else "row_rules"]].append(told)
    return rooms


def _lists(contract: Contract, language: str) -> dict[str, dict[str, Any]]:
    """Return the code lists with the label of the field that uses them, their codes, names and remarks."""
    lists = {}
    for field in contract.fields.values():
        if field.codes and field.codes not in lists:
            codes = [_code(contract, field.codes, code, language) for code in contract.codes[field.codes]]
            lists[field.codes] = {"title": field.label[language], "codes": codes}
    countries = [{"code": code, "name": name} for code, name in names_in(language).items()]
    title = wording().pages["countries"][language]
    return {**lists, "country": {"title": title, "codes": countries}}


def _code(contract: Contract, code_list: str, code: str, language: str) -> dict[str, Any]:
    entry, text = contract.codes[code_list][code], said(wording().pages, language)
    remarks: list[str] = []

    def named(codes: tuple[str, ...], of: str) -> str:
        return ", ".join(name_of(contract, of, each, language) for each in codes)

    if entry.category:
        remarks.append(text["of_category"].format(name=name_of(contract, "category", entry.category, language)))
    if entry.only:
        remarks.append(text["only_for"].format(names=named(entry.only, "category")))
    if code_list == "category":
        remarks.append(text["units"].format(names=named(contract.units_of(code), "unit")))
    if entry.headings:
        remarks.append(text["headings"].format(names=", ".join(entry.headings)))
    remarks += [text["since"].format(day=entry.since)] if entry.since else []
    remarks += [text["until"].format(day=entry.until)] if entry.until else []
    name = entry.label[language] if entry.label else currency_name(code, language)
    return {"code": code, "name": name, "also": ", ".join(entry.also), "remarks": "; ".join(remarks)}


def currency_name(code: str, language: str) -> str:
    """Return the name of a currency; one that CLDR does not yet name in a language goes by its code."""
    from babel.numbers import get_currency_name

    return str(get_currency_name(code, locale=language))


def _render(template: str, **known: Any) -> str:
    return _environment().get_template(template).render(known)


@cache
def _environment() -> Environment:
    links: Mapping[str, Any] = {
        "specification_page": specification_page,
        "codes_page": codes_page,
        "rules_page": RULES_PAGE,
        "breakable": breakable,
    }
    environment = templates(ROOM)
    environment.globals.update(links)
    return environment
