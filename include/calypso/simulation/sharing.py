"""Sharing deals the goods of an edition out to its cases, so that each sub-type adds up to its total, exactly."""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from decimal import ROUND_DOWN, Decimal
from random import Random

from calypso.contracts import contracts
from calypso.simulation.cases import Case
from calypso.simulation.editions import Lot
from calypso.simulation.measures import MICRO, factor, normalised
from calypso.simulation.offices import Office

# How finely an office writes what it weighs or measures; all else is counted.
STEPS = {"kg": "0.01", "g": "0.1", "lb": "0.1", "oz": "0.1", "oz_t": "0.01", "t": "0.001", "l": "0.01", "gal_us": "0.1"}
TABLETS = ("mdma", "medicine")
PARTLY = 0.2  # goods of an event that a further administration does not tell of


@dataclass(frozen=True)
class Find:
    """Goods of one lot, told by a line in each of its cases; `by_chance` are those of two finds that weigh the same."""

    cases: Sequence[Case]
    by_chance: bool = False

    @property
    def single(self) -> bool:
        """Tell whether one line tells of it, so that its quantity is free."""
        return len(self.cases) == 1


def finds(
    lots: Sequence[Lot], of_theme: Sequence[Case], alike: Iterable[tuple[Sequence[Case], bool]], rng: Random
) -> list[tuple[Lot, list[Find]]]:
    """Return the finds of each lot, as many lines as it has; every case holds a line at least, and one find is single.

    `alike` are cases that tell the same goods, and whether they do so by chance.
    """
    dealt = _Dealt(list(lots), [lot.lines for lot in lots], [[] for _ in lots], rng)
    together = list(alike)
    told = {id(case) for cases, _ in together for case in cases}
    alone = [case for case in of_theme if id(case) not in told]
    for cases, by_chance in together:
        assert dealt.deal(Find(cases, by_chance)), "no lot has lines for the cases of one event"
    for case in rng.sample(alone, len(alone)):
        dealt.deal(Find([case]))
    first = [cases for cases, by_chance in together if not by_chance]
    while any(dealt.left):
        cases = rng.choice([*([case] for case in alone), *first])
        find = Find([case for case in cases if case is cases[0] or rng.random() >= PARTLY])
        if not dealt.deal(find):
            dealt.deal(Find(cases[:1]))
    return list(zip(lots, dealt.finds, strict=True))


@dataclass(frozen=True)
class _Dealt:
    """Lots with the lines left of each, and the finds made of the others."""

    lots: list[Lot]
    left: list[int]
    finds: list[list[Find]]
    rng: Random

    def deal(self, find: Find) -> bool:
        """Put a find into a lot that has lines left for it; False where none has. One line stays for a single find."""
        lines = len(find.cases)
        enough = [left if left >= lines + (lines > 1) else 0 for left in self.left]
        if find.by_chance:
            enough = [left if _kind(lot.sub_type) == "mass" else 0 for left, lot in zip(enough, self.lots, strict=True)]
        if not any(enough):
            return False
        [number] = self.rng.choices(range(len(self.lots)), enough)
        self.left[number] -= lines
        self.finds[number].append(find)
        return True


def split(
    lot: Lot, found: Sequence[Find], offices: Mapping[str, Office], rng: Random
) -> list[list[tuple[Decimal, str]]]:
    """Return quantity and unit of each line of each find; the greatest single line closes the total exactly."""
    shares = _shares(lot, found, rng)
    greatest = max((n for n, find in enumerate(found) if find.single), key=lambda n: shares[n])
    lines = [
        list(_lines(lot, find, lot.total * share, offices, rng)) for find, share in zip(found, shares, strict=True)
    ]
    rest = lot.total - sum(normalised(*line) for n, each in enumerate(lines) if n != greatest for line in each)
    assert rest > 0, f"{lot.sub_type}: the other lines exceed the total"
    lines[greatest] = [_closing(lot.sub_type, rest)]
    return lines


def _shares(lot: Lot, found: Sequence[Find], rng: Random) -> list[Decimal]:
    """Return the share of the total in each line of each find; the direction `main` gets the lot's share of it.

    What several cases tell is dealt first; the single finds get what is left of their direction.
    """
    spread = 0.25 if _counted(lot) and lot.total < 4 * lot.lines else 0.9
    drawn = [Decimal(rng.lognormvariate(0, spread)) for _ in found]
    shares = _shares_together(lot, found, drawn, rng)
    rest = {True: lot.share, False: 1 - lot.share}
    singles: dict[bool, list[int]] = {True: [], False: []}
    for n, find in enumerate(found):
        for case in find.cases:
            rest[_main(lot, case)] -= shares[n]
        if find.single:
            singles[_main(lot, find.cases[0])].append(n)
    for side, numbers in singles.items():
        free = rest[side] if singles[not side] else sum(rest.values())
        whole = sum(drawn[n] for n in numbers)
        for n in numbers:
            shares[n] = drawn[n] / whole * free
    return shares


def _shares_together(lot: Lot, found: Sequence[Find], drawn: Sequence[Decimal], rng: Random) -> list[Decimal]:
    """Return the share in each line of what several cases tell, at most a quarter of a direction; of others none."""
    whole = sum(weight * len(find.cases) for weight, find in zip(drawn, found, strict=True))
    sides = [_main(lot, case) for find in found if not find.single for case in find.cases]
    most = {True: lot.share / 4 / max(1, sides.count(True)), False: (1 - lot.share) / 4 / max(1, sides.count(False))}
    return [
        Decimal(0)
        if find.single
        else min(weight / whole, *(most[_main(lot, case)] * Decimal(rng.uniform(0.5, 1)) for case in find.cases))
        for weight, find in zip(drawn, found, strict=True)
    ]


def _main(lot: Lot, case: Case) -> bool:
    return lot.main in (None, case.direction)


def _lines(
    lot: Lot, find: Find, amount: Decimal, offices: Mapping[str, Office], rng: Random
) -> Iterator[tuple[Decimal, str]]:
    """Yield what each case of a find tells of an amount: counted the same, weighed nearly the same."""
    amount = _round(amount) if find.by_chance else amount
    first = _in_unit(lot, amount, offices[find.cases[0].administration])
    yield first
    for case in find.cases[1:]:
        office = offices[case.administration]
        if find.by_chance:
            yield _in_unit(lot, amount, office)
        elif _counted(lot):
            yield _counted_again(lot, normalised(*first), office)
        else:
            yield _in_unit(lot, amount * _weighed_again(rng), office)


def _round(amount: Decimal) -> Decimal:
    """Return the greatest of 1, 2, 5, 10, 20, 50 and so on that is no greater."""
    tens = Decimal(10) ** amount.adjusted()
    return max(step * tens for step in (1, 2, 5) if step * tens <= amount)


def _weighed_again(rng: Random) -> Decimal:
    """Return by which factor a second weighing differs: mostly by none, often by the scales, sometimes by packing."""
    return Decimal(rng.choices([1, rng.uniform(0.99, 1.01), rng.uniform(1.02, 1.06)], [60, 30, 10])[0])


def _counted_again(lot: Lot, pieces: Decimal, office: Office) -> tuple[Decimal, str]:
    """Return a number of pieces in the largest unit of an office that divides it, or rounded down in its smallest."""
    units = sorted(office.units[_kind(lot.sub_type)], key=factor, reverse=True)
    unit = next((unit for unit in units if pieces % factor(unit) == 0), units[-1])
    return max((pieces / factor(unit)).to_integral_value(ROUND_DOWN), Decimal(1)), unit


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
