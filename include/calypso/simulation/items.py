"""Items are the goods of each case; the sum of each sub-type over the cases is the edition's, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from decimal import Decimal
from random import Random

from calypso.contracts import contracts
from calypso.registry import Operation
from calypso.simulation.cases import Case
from calypso.simulation.cash import put_cash
from calypso.simulation.coincidence import Coincidence
from calypso.simulation.editions import edition, goods
from calypso.simulation.measures import CENT, from_usd, normalised, plain
from calypso.simulation.offices import Office
from calypso.simulation.retelling import Event
from calypso.simulation.sharing import Find, finds, split
from calypso.simulation.spelling import spelled
from calypso.values import Value

Item = dict[str, Value]
MARKS = ("make", "model", "calibre")
LEFT_OUT = 0.25  # marks, or the number, of a firearm that a further administration does not tell


def fill(
    operation: Operation,
    found: Sequence[Case],
    told: tuple[Sequence[Event], Sequence[Coincidence]],
    offices: Mapping[str, Office],
    rng: Random,
) -> None:
    """Put goods into every case but the suspicious movements, number them, and estimate their value.

    `told` are the events told more than once, whose cases hold the same goods, and the coincidences.
    """
    for theme, said in edition(operation.code).themes.items():
        of_theme = [case for case in found if case.theme == theme]
        if theme == "cash":
            put_cash(said.goods[0], of_theme, rng)
            continue
        for lot, of_lot in finds(said.goods, of_theme, _alike(theme, *told), rng):
            for find, lines in zip(of_lot, split(lot, of_lot, offices, rng), strict=True):
                _put(find, lot.sub_type, lines, offices, rng)
    for case in found:
        office = offices[case.administration]
        for number, item in enumerate(case.items, start=1):
            item["item_no"] = number
            if not office.short:
                item |= _estimate(item, case, office, rng)


def _alike(
    theme: str, events: Iterable[Event], coincidences: Iterable[Coincidence]
) -> Iterator[tuple[Sequence[Case], bool]]:
    """Yield the cases of a theme that tell the same goods, and whether they do so by chance."""
    for event in events:
        if event[0].theme == theme:
            yield event, False
    for each in coincidences:
        if each.kind == "round_quantity" and each.first.theme == theme:
            yield [each.first, each.second], True


def _put(
    find: Find, sub_type: str, lines: Sequence[tuple[Decimal, str]], offices: Mapping[str, Office], rng: Random
) -> None:
    """Put the goods of a find into its cases, marked as the first of them says where they are the same."""
    marks = _marks(sub_type, lines[0][0], rng)
    for case, line in zip(find.cases, lines, strict=True):
        office = offices[case.administration]
        again = case is not find.cases[0]
        if again:
            marks = _marks(sub_type, line[0], rng) if find.by_chance else _marked_again(marks, rng)
        case.items.append(_item(sub_type, *line, marks, office, rng))


def _item(
    sub_type: str, quantity: Decimal, unit: str, marks: Mapping[str, str | None], office: Office, rng: Random
) -> Item:
    category = contracts()["seizures"].codes["sub_type"][sub_type].category
    item: Item = {"category": category, "sub_type": sub_type, "quantity": plain(quantity), "unit": unit}
    if office.short:
        return item
    language = office.administration.language
    label = contracts()["seizures"].codes["sub_type"][sub_type].label
    assert label is not None
    item["description"] = f"{label[language]}, {rng.choice(goods().packings[language])}" if rng.random() < 0.7 else None
    item["hs_code"] = goods().goods[sub_type].hs if rng.random() < 0.75 else None
    number = marks.get("serial_number")
    item.update(marks)
    if number:
        item["serial_number"] = spelled("serial", number, office)
    return item


def _marks(sub_type: str, quantity: Decimal, rng: Random) -> Mapping[str, str | None]:
    """Return what is marked on arms, the number in plain spelling; nothing on other goods."""
    marks: dict[str, str | None] = {}
    if sub_type in goods().marks:
        marks |= dict(zip(MARKS, rng.choice(goods().marks[sub_type]), strict=True))
    if contracts()["seizures"].codes["sub_type"][sub_type].category == "firearm":
        marks |= _serial(quantity, rng)
    return marks


def _serial(quantity: Decimal, rng: Random) -> Mapping[str, str | None]:
    """Return the serial number and its state: a number only where the line is one firearm."""
    state = rng.choices(["present", "obliterated", "none"], [70, 13, 17])[0] if quantity == 1 else "none"
    number = f"{rng.choice('ABDGKLTUZ')}{rng.choice('BCEHNRSX')}{rng.choice('AEKMPT')}{rng.randrange(10**6):06d}"
    return {"serial_state": state, "serial_number": number if state == "present" else None}


def _marked_again(marks: Mapping[str, str | None], rng: Random) -> Mapping[str, str | None]:
    """Return marks as a further administration has noted them: some left out, and the number with its state."""
    told = {name: value for name, value in marks.items() if name not in MARKS or rng.random() >= LEFT_OUT}
    if "serial_number" in told and rng.random() < LEFT_OUT:
        told |= {"serial_number": None, "serial_state": None}
    return told


def _estimate(item: Mapping[str, Value], case: Case, office: Office, rng: Random) -> Item:
    """Return an estimated value in the office's currency, for three items in four."""
    if item["category"] == "currency" or rng.random() < 0.25:
        return {}
    quantity, sub_type = item["quantity"], str(item["sub_type"])
    assert isinstance(quantity, Decimal)
    dollars = normalised(quantity, str(item["unit"])) * goods().goods[sub_type].price * Decimal(rng.uniform(0.7, 1.3))
    amount = from_usd(dollars, office.values_in, case.day)
    value = max(amount.quantize(Decimal("1e1") if amount > 1000 else CENT), CENT)
    return {"value": plain(value), "currency": office.values_in}
