"""The suites of the dataset `seizures`: every S rule as Great Expectations judges it, on cells and on rows."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from functools import cache, partial
from typing import Any

import great_expectations.expectations as gxe
from great_expectations.expectations.row_conditions import Column

from calypso.contracts import Contract, contracts, fold
from calypso.countries import alpha_2, retired
from calypso.registry import Administration, administrations
from expectations.cells import READING_RULES, RETIRED_RULES
from expectations.check import Check, Expected, Row, matches, none_of, not_before, one_of
from expectations.context import BY_DIRECTION, CASE_FIELDS, HS_CODE, UNLOCODE
from expectations.rules import rule_book

DATE_EXAMPLES = {"day-month-year": "25/11/2024", "month-day-year": "11/25/2024", "year-month-day": "2024/11/25"}
ARMS = ("firearm", "firearm_part", "magazine", "ammunition")
NOT_A_VALUE = r"^(?:#(?:REF!|N/A|NAME\?|VALUE!|DIV/0!|NULL!|NUM!|SPILL!)|=(?:.|\n)+)$"
PERSON = (
    r"(?i)\b(?:mr|mrs|ms|mme|mlle|monsieur|madame|señora?|sra?|dhr|mevr|mevrouw|meneer)\.?\s+[^\W\d_]"
    r"|\b(?:passport|passeport|pasaporte|paspoort)\s*(?:no|nr|n°|number)?[.:]?\s*[a-z]{0,2}\d{5,}"
    r"|\b(?:dob|date of birth|né le|née le|nacid[oa] el|geboren op)\b"
)
# Every text that names a person holds this, whatever an engine takes for a letter, a space or a border of words:
# without regard to case, Python takes a dotless i for an i and Polars does not.
MAYBE_PERSON = (
    r"(?i)(?:mr|mrs|ms|mme|mlle|mons[iıİ]eur|madame|señora?|sra?|dhr|mevr|mevrouw|meneer)\.?[\s\x1c-\x1f\x85]"
    r"|passport|passeport|pasaporte|paspoort"
    r"|dob|date of b[iıİ]rth|n[ée]e? le|nac[iıİ]d[oa] el|geboren op"
)

# Where a movement begins or ends: the rule that it breaks abroad, and by its direction the rule that it breaks at home.
AT_HOME = {
    ("import", "destination_country"): "S030",
    ("export", "departure_country"): "S031",
    ("internal", "departure_country"): "S049",
    ("internal", "destination_country"): "S049",
}
ABROAD = {"transit": "S048", "import": "S050", "export": "S050"}

# What other rows or files tell: the rule it is told by, the field pointed at, and the column in which it stands.
TELLING = (
    ("S046", "case_ref", "_new_on"),
    ("S055", "quantity", "_thousands_quantity"),
    ("S055", "value", "_thousands_value"),
    ("S056", "case_ref", "_alike"),
    ("S057", "case_ref", "_alike_before"),
    ("S058", "quantity", "_usual_before"),
)

GOODS = Column("_goods") == True  # noqa: E712  (a condition that Great Expectations builds)
STATED = Column("action") != "cancel"


@cache
def cell_checks() -> tuple[Check, ...]:
    """Return every check on one filled cell, whatever its field; columns as in `cells.cells`."""
    spoiled = gxe.ExpectColumnValuesToNotMatchRegex(column="given", regex=NOT_A_VALUE)
    short = gxe.ExpectColumnPairValuesAToBeGreaterThanB(
        column_A="limit", column_B="length", or_equal=True, ignore_row_if="either_value_is_missing"
    )
    legible = [
        Check(
            rule,
            None,
            gxe.ExpectColumnValuesToNotBeNull(column="value", row_condition=Column("rule") == rule),
            EXAMPLES.get(rule),
        )
        for rule in READING_RULES
    ]
    return (Check("S014", None, spoiled), Check("S015", None, short, lambda cell: str(cell["limit"])), *legible)


# What a cell of each reading rule should look like, as this administration writes it.
EXAMPLES: Mapping[str, Expected] = {
    "S010": lambda cell: DATE_EXAMPLES[_office(cell).date_order],
    "S011": "14:05",
    "S012": lambda cell: f"1250{_office(cell).decimal_mark}5",
    **dict.fromkeys(RETIRED_RULES, lambda cell: ", ".join(retired()[fold(cell["given"])])),
}


@cache
def row_checks() -> tuple[Check, ...]:
    """Return every check on one row; columns are the contract's and those of `context.Context`."""
    contract = contracts()["seizures"]
    return tuple(
        check
        for part in (_presence, _quantities, _money, _dates, _places, _firearms, _references, _told)
        for check in part(contract)
    )


def _presence(contract: Contract) -> Iterator[Check]:
    def given(rule: str, condition: Any = None) -> Check:
        field = rule_book().rules[rule].field
        return Check(rule, field, gxe.ExpectColumnValuesToNotBeNull(column=f"{field}_given", row_condition=condition))

    yield given("S001")
    yield from (given(rule, STATED) for rule in ("S002", "S003", "S004"))
    yield from (given(rule, GOODS) for rule in ("S005", "S006", "S007"))


def _quantities(contract: Contract) -> Iterator[Check]:
    yield Check("S016", "quantity", gxe.ExpectColumnValuesToBeBetween(column="quantity", min_value=0))
    yield Check("S017", "quantity", gxe.ExpectColumnValuesToNotBeInSet(column="quantity", value_set=[0]))
    sub_types = contract.codes["sub_type"]
    units = {name: contract.units_of(entry.category or "", name) for name, entry in sub_types.items()}
    units |= {category: contract.units_of(category) for category in contract.codes["category"]}
    yield one_of("S018", "unit", "_measured", units, lambda row: ", ".join(units[row["_measured"].split("/")[0]]))
    families = {name: [entry.category or ""] for name, entry in sub_types.items()}
    yield one_of("S019", "sub_type", "_family", families, lambda row: families[row["sub_type"]][0])
    yield not_before("S020", "quantity", "_usual", "quantity", lambda row: str(row["_usual"]))
    yield Check("S021", "quantity", gxe.ExpectColumnValuesToBeInSet(column="_fraction", value_set=[0]))
    told = {name: entry.headings for name, entry in contract.codes["category"].items() if entry.headings}
    patterns = {name: [heading.ljust(4, ".") for heading in headings] for name, headings in told.items()}
    yield one_of("S052", "hs_code", "_heading", patterns, lambda row: ", ".join(told[row["category"]]))


def _money(contract: Contract) -> Iterator[Check]:
    cash = Column("category") == "currency"
    given = gxe.ExpectColumnValuesToNotBeNull
    yield Check("S022", "currency", given(column="currency_given", row_condition=cash))
    yield not_before("S023", "currency", "event_date", "_tender_since", lambda row: f">= {row['_tender_since']}")
    yield not_before("S023", "currency", "_tender_until", "event_date", lambda row: f"<= {row['_tender_until']}")
    valued = Column("value_given").is_not_null() & (Column("category") != "currency")
    yield Check("S024", "currency", given(column="currency_given", row_condition=valued))
    yield Check("S025", "value", gxe.ExpectColumnValuesToBeBetween(column="value", min_value=0), suspect="^-")


def _dates(contract: Contract) -> Iterator[Check]:
    for rule, field in {"S026": "event_date", "S047": "discovered_date"}.items():
        yield not_before(rule, field, "_reporting_day", field, lambda row: str(row["_reporting_day"]))
    yield not_before("S027", "event_date", "event_date", "_operation_start", lambda row: str(row["_operation_start"]))
    yield not_before("S028", "discovered_date", "discovered_date", "event_date", lambda row: str(row["event_date"]))


def _places(contract: Contract) -> Iterator[Check]:
    own = {office.code: office.territories for office in administrations().values()}
    yield one_of("S029", "territory", "_home_territory", own, lambda row: ", ".join(_office(row).territories))
    for name, (direction, field) in BY_DIRECTION.items():
        if rule := AT_HOME.get((direction, field)):
            yield one_of(rule, field, name, own, lambda row: ", ".join(_office(row).territories))
        else:
            yield none_of(ABROAD[direction], field, name, own)
    yield matches("S032", "unlocode", UNLOCODE, "BBBGI")
    lands = {office.code: [alpha_2(code) for code in office.territories] for office in administrations().values()}
    yield one_of("S051", "unlocode", "_home_unlocode", lands, lambda row: ", ".join(lands[row["administration_code"]]))


def _firearms(contract: Contract) -> Iterator[Check]:
    firearm = Column("category") == "firearm"
    number = "serial_number_given"
    marked = firearm & (Column("serial_state") == "present")
    yield Check("S033", "serial_number", gxe.ExpectColumnValuesToNotBeNull(column=number, row_condition=marked))
    unmarked = Column("serial_state").is_in(["obliterated", "none"])
    yield Check("S034", "serial_number", gxe.ExpectColumnValuesToBeNull(column=number, row_condition=unmarked))
    numbered = firearm & Column(number).is_not_null()
    yield Check(
        "S035", "quantity", gxe.ExpectColumnValuesToBeBetween(column="quantity", max_value=1, row_condition=numbered)
    )
    elsewhere = Column("category").is_not_null() & Column("category").is_not_in(list(ARMS))
    yield Check(
        "S036", "serial_state", gxe.ExpectColumnValuesToBeNull(column="_firearm_details", row_condition=elsewhere)
    )


def _references(contract: Contract) -> Iterator[Check]:
    keys = ["submission_id", "case_ref", "_item"]
    once = gxe.ExpectCompoundColumnsToBeUnique(column_list=keys, ignore_row_if="any_value_is_missing")
    yield Check("S037", "item_no", once)
    yield Check("S038", "item_no", gxe.ExpectColumnValuesToBeBetween(column="item_no", min_value=1))
    yield from (_agrees(field) for field in CASE_FIELDS)
    codes = "|".join(administrations())
    yield matches("S040", "related_case", rf"^(?:{codes}):\S+$", "tto:TT-0012")
    yield matches("S041", "hs_code", HS_CODE, "4, 6, 8, 10")
    bare = (Column("case_type") == "seizure") & (Column("action") == "new") & (Column("_goods") == False)  # noqa: E712
    yield Check("S042", "case_type", gxe.ExpectColumnValuesToNotBeNull(column="category", row_condition=bare))
    few = gxe.ExpectColumnValuesToBeBetween(column="persons_detained", min_value=0, max_value=100)
    yield Check("S043", "persons_detained", few, "0-100")
    for field in ("description", "remarks", "place", "conveyance"):
        yield Check(
            "S044", field, gxe.ExpectColumnValuesToNotMatchRegex(column=field, regex=PERSON), suspect=MAYBE_PERSON
        )


def _told(contract: Contract) -> Iterator[Check]:
    """Yield the checks on what other rows or other files tell of a row: nothing, where all is well."""
    yield Check("S045", "case_ref", gxe.ExpectColumnValuesToBeInSet(column="_case_known", value_set=[True]))
    for rule, field, column in TELLING:
        yield Check(rule, field, gxe.ExpectColumnValuesToBeNull(column=column), partial(_what_is_told, column))


def _what_is_told(column: str, row: Row) -> str:
    return str(row[column])


def _agrees(field: str) -> Check:
    """Check that a field says on every row of a case what it says on the first."""
    same = gxe.ExpectColumnPairValuesToBeEqual(
        column_A=field, column_B=f"_first_{field}", ignore_row_if="either_value_is_missing"
    )
    return Check("S039", field, same, lambda row: str(row[f"_first_{field}"]))


def _office(row: Row) -> Administration:
    return administrations()[row["administration_code"]]
