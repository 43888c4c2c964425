"""A table schema is the contract as Frictionless tools read it, for files written by code and in ISO dates."""

from __future__ import annotations

from typing import Any

from calypso.contracts import Contract, FieldOfContract
from calypso.reference.wording import wording
from calypso.registry import Administration

PROFILE = "https://datapackage.org/profiles/2.0/tableschema.json"
KEY = "case_ref"  # a row that cancels needs nothing else, so nothing else is required of every row
TYPES = {"text": "string", "code": "string", "country": "string", "decimal": "number"}  # the others keep their name


def table_schema(
    contract: Contract, language: str, administration: Administration | None, fingerprint: str
) -> dict[str, Any]:
    """Return the Table Schema of a dataset, its titles and descriptions in one language.

    It says less than the rules do: what is required only of goods, and what fields say of each other, is left to them.
    """
    return {
        "$schema": PROFILE,
        "name": contract.dataset,
        "title": wording().datasets[contract.dataset][language],
        "version": str(contract.version),
        "calypso:fingerprint": fingerprint,
        "calypso:language": language,
        "fieldsMatch": "partial",  # optional columns may be absent, and a sender's own x_ columns present
        "missingValues": [""],
        "fields": [_field(field, contract, language, administration) for field in contract.fields.values()],
    }


def _field(
    field: FieldOfContract, contract: Contract, language: str, administration: Administration | None
) -> dict[str, Any]:
    told: dict[str, Any] = {
        "name": field.name,
        "title": field.label[language],
        "description": field.help[language],
        "type": TYPES.get(field.type, field.type),
        "calypso:required": field.required,
    }
    if field.type == "time":
        told["format"] = "%H:%M"
    if field.type == "decimal" and administration and administration.decimal_mark != ".":
        told["decimalChar"] = administration.decimal_mark
    if constraints := _constraints(field, contract):
        told["constraints"] = constraints
    return told


def _constraints(field: FieldOfContract, contract: Contract) -> dict[str, Any]:
    found: dict[str, Any] = {}
    if field.name == KEY:
        found["required"] = True
    if field.codes:
        found["enum"] = list(contract.codes[field.codes])
    elif field.type == "country":
        found["pattern"] = "[A-Za-z]{3}"
    elif field.type == "text":
        found["maxLength"] = field.max_length
    return found
