"""Choices are the values that a drop-down list offers for a field, in an administration's words."""

from __future__ import annotations

from calypso.contracts import Contract, FieldOfContract
from calypso.countries import names_in
from calypso.registry import Administration
from calypso.values import reader


def choices(field: FieldOfContract, contract: Contract, administration: Administration) -> dict[str, str]:
    """Return the code of each value that may stand in `field`, by its name; none where the field is no list.

    Each name reads back as its code: where the name alone would be read as another, the code stands for it.
    """
    if field.type == "country":
        named = _countries(field, administration)
    elif field.codes == "currency":
        named = {code: code for code in (*administration.currencies, *contract.codes["currency"])}
    elif field.codes:
        named = {
            code: name_of(contract, field.codes, code, administration.language) for code in _codes(field, contract)
        }
    else:
        return {}
    read = reader(field, contract, administration)
    return {(name if read(name) == code else code): code for code, name in named.items()}


def name_of(contract: Contract, code_list: str, code: str, language: str) -> str:
    """Return the name of a code, which is the code itself where the contract gives none."""
    label = contract.codes[code_list][code].label
    return label[language] if label else code


def _countries(field: FieldOfContract, administration: Administration) -> dict[str, str]:
    names = names_in(administration.language)
    return {code: names[code] for code in administration.territories} if field.name == "territory" else names


def _codes(field: FieldOfContract, contract: Contract) -> list[str]:
    """Return the codes of a field's list; sub-types stand by category, so that a list can be cut to one."""
    entries = contract.codes[field.codes or ""]
    order = list(contract.codes.get("category", {}))
    return sorted(entries, key=lambda code: order.index(entries[code].category or order[0]))
