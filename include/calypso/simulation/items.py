"""Items are lines of goods, split so that the sum of each sub-type over the cases is the edition's, exactly."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from decimal import ROUND_DOWN, Decimal
from random import Random

from calypso.contracts import contracts
from calypso.registry import Operation
from calypso.simulation.cases import Case
from calypso.simulation.cash import put_cash
from calypso.simulation.editions import Lot, edition, goods
from calypso.simulation.measures import CENT, MICRO, factor, from_usd, normalised, plain
from calypso.simulation.offices import Office
from calypso.values import Value

# How finely an office writes what it weighs or measures; all else is counted.
STEPS = {"kg": "0.01", "g": "0.1", "lb": "0.1", "oz": "0.1", "oz_t": "0.01", "t": "0.001", "l": "0.01", "gal_us": "0.1"}
TABLETS = ("mdma", "medicine")


def fill(operation: Operation, found: Sequence[Case], offices: Mapping[str, Office], rng: Random) -> None:
    """Put goods into every case but the suspicious movements, number them, and estimate their value."""
    for theme, said in edition(operation.code).themes.items():
        if theme != "cash":
            of_theme = [case for case in found if case.theme == theme]
            for lot, holders in _holders(said.goods, of_theme, rng):
                for case, (quantity, unit) in zip(holders, _split(lot, holders, offices, rng), strict=True):
                    case.items.append(_item(lot.sub_type, quantity, unit, offices[case.administration], rng))
        else:
            put_cash(said.goods[0], [case for case in found if case.theme == theme], rng)
    for case in found:
        office = offices[case.administration]
        for number, item in enumerate(case.items, start=1):
            item["item_no"] = number
            if not office.short:
                item |= _estimate(item, case, office, rng)


def _holders(lots: Sequence[Lot], of_theme: list[Case], rng: Random) -> list[tuple[Lot, list[Case]]]:
    """Return for each lot the case of each of its lines; every case of the theme holds at least one line."""
    lines = [number for number, lot in enumerate(lots) for _ in range(lot.lines)]
    rng.shuffle(lines)
    places = [*rng.sample(of_theme, len(of_theme)), *rng.choices(of_theme, k=len(lines) - len(of_theme))]
    return [(lot, [case for line, case in zip(lines, places, strict=True) if line == n]) for n, lot in enumerate(lots)]


def _split(lot: Lot, holders: Sequence[Case], offices: Mapping[str, Office], rng: Random) -> list[tuple[Decimal, str]]:
    """Return quantity and unit of each line; the greatest line closes the total to the last digit."""
    weights = _weights(lot, holders, rng)
    greatest = weights.index(max(weights))
    found: list[tuple[Decimal, str]] = []
    for case, weight in zip(holders, weights, strict=True):
        office = offices[case.administration]
        found.append(_in_unit(lot, lot.total * weight, office))
    rest = lot.total - sum(normalised(*line) for number, line in enumerate(found) if number != greatest)
    assert rest > 0, f"{lot.sub_type}: the other lines exceed the total"
    found[greatest] = _closing(lot.sub_type, rest)
    return found


def _weights(lot: Lot, holders: Sequence[Case], rng: Random) -> list[Decimal]:
    """Return each line's share of the total; the direction `main` gets the lot's share of it."""
    spread = 0.25 if _counted(lot) and lot.total < 4 * lot.lines else 0.9
    drawn = [Decimal(rng.lognormvariate(0, spread)) for _ in holders]
    mine = [case.fields["direction"] == lot.main or lot.main is None for case in holders]
    sums = {side: sum((w for w, m in zip(drawn, mine, strict=True) if m is side), Decimal(0)) for side in (True, False)}
    share = {True: lot.share if sums[False] else Decimal(1), False: Decimal(1) - lot.share}
    return [weight / sums[side] * share[side] for weight, side in zip(drawn, mine, strict=True)]


def _counted(lot: Lot) -> bool:
    return _kind(lot.sub_type) not in ("mass", "gold", "volume")


def _kind(sub_type: str) -> str:
    """Return the kind of unit an office has a habit for."""
    codes = contracts()["seizures"].codes
    entry = codes["sub_type"][sub_type]
    category = entry.category or ""
    if category == "gold":
        return "gold"
    if sub_type in TABLETS:
        return "tablet"
    if sub_type == "cannabis_plant":
        return "plant"
    if sub_type in ("ketamine", "precursor", "pesticide", "explosive", "drug_unspecified"):
        return "mass"
    if category == "ammunition" and sub_type != "ammunition_component":
        return "rounds"
    first = (entry.dimensions or codes["category"][category].dimensions)[0]
    return "tobacco" if sub_type == "cigarettes" else first


def _unit(sub_type: str, amount: Decimal, office: Office) -> str:
    """Return the unit an office would write an amount in: where it has two, the larger for what is large."""
    units = office.units[_kind(sub_type)]
    larger = max(units, key=factor)
    enough = factor(larger) / 20 if larger == "t" else 2 * factor(larger)  # tonnes are written with decimals
    return larger if amount >= enough else min(units, key=factor)


def _in_unit(lot: Lot, amount: Decimal, office: Office) -> tuple[Decimal, str]:
    unit = _unit(lot.sub_type, amount, office)
    step = Decimal(STEPS.get(unit, "1"))
    if _counted(lot) and lot.total < 2 * lot.lines:
        return Decimal(1), unit  # one firearm a line; the line that closes the total is a batch
    quantity = (amount / factor(unit)).quantize(step, ROUND_DOWN)
    return max(quantity, step), unit


def _closing(sub_type: str, rest: Decimal) -> tuple[Decimal, str]:
    """Return the line that closes a total: weighed to the milligram, or told in the smallest unit."""
    kind = _kind(sub_type)
    if kind in ("mass", "gold"):
        return (rest * 1000, "g") if rest < 50 else (rest.quantize(MICRO), "kg")
    single = {"count": "piece", "rounds": "round", "volume": "l", "tobacco": "stick"}
    return rest, single.get(kind, kind)


def _item(sub_type: str, quantity: Decimal, unit: str, office: Office, rng: Random) -> dict[str, Value]:
    category = contracts()["seizures"].codes["sub_type"][sub_type].category
    item: dict[str, Value] = {"category": category, "sub_type": sub_type, "quantity": plain(quantity), "unit": unit}
    if office.short:
        return item
    language = office.administration.language
    label = contracts()["seizures"].codes["sub_type"][sub_type].label
    assert label is not None
    item["description"] = f"{label[language]}, {rng.choice(goods().packings[language])}" if rng.random() < 0.7 else None
    item["hs_code"] = goods().goods[sub_type].hs if rng.random() < 0.75 else None
    if sub_type in goods().marks:
        item |= dict(zip(("make", "model", "calibre"), rng.choice(goods().marks[sub_type]), strict=True))
    if category == "firearm":
        item |= _serial(quantity, rng)
    return item


def _serial(quantity: Decimal, rng: Random) -> dict[str, Value]:
    """Return what is marked on a firearm: a number only where the line is one firearm."""
    state = rng.choices(["present", "obliterated", "none"], [70, 13, 17])[0] if quantity == 1 else "none"
    number = f"{rng.choice('ABDGKLTUZ')}{rng.choice('BCEHNRSX')}{rng.choice('AEKMPT')}{rng.randrange(10**6):06d}"
    return {"serial_state": state, "serial_number": number if state == "present" else None}


def _estimate(item: Mapping[str, Value], case: Case, office: Office, rng: Random) -> dict[str, Value]:
    """Return an estimated value in the office's currency, for three items in four."""
    if item["category"] == "currency" or rng.random() < 0.25:
        return {}
    quantity, sub_type = item["quantity"], str(item["sub_type"])
    assert isinstance(quantity, Decimal)
    dollars = normalised(quantity, str(item["unit"])) * goods().goods[sub_type].price * Decimal(rng.uniform(0.7, 1.3))
    amount = from_usd(dollars, office.values_in, case.day)
    value = max(amount.quantize(Decimal("1e1") if amount > 1000 else CENT), CENT)
    return {"value": plain(value), "currency": office.values_in}
