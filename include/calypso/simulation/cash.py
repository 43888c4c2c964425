"""Cash lies in few cases, each with several currencies; together it is worth the edition's total to the cent."""

from __future__ import annotations

from collections.abc import Sequence
from decimal import Decimal
from random import Random

from calypso.contracts import contracts
from calypso.simulation.cases import Case
from calypso.simulation.editions import Lot
from calypso.simulation.measures import from_usd, in_usd, plain
from calypso.values import Value

FOREIGN = ("EUR", "GBP", "XCD", "JMD", "TTD", "DOP", "BBD", "CAD", "GYD", "HTG", "SRD", "ANG", "XCG")
NOTES, INSTRUMENTS = Decimal(20), Decimal(5000)  # the least bank note in a bundle; the steps of a money order


def put_cash(lot: Lot, of_theme: Sequence[Case], rng: Random) -> None:
    """Put the lot into the cases: US dollars in each, other currencies beside, the last dollars close the total."""
    shares = [Decimal(rng.lognormvariate(0, 0.5)) for _ in of_theme]
    amounts = [lot.total * share / sum(shares) for share in shares]
    foreign = (lot.lines - len(of_theme) - 1) // len(of_theme) + 1
    rest = lot.total
    for case, amount in zip(of_theme, amounts, strict=True):
        parts = [amount * Decimal(rng.uniform(0.05, 0.3)) for _ in range(rng.randint(1, foreign))]
        for part, currency in zip(parts, rng.sample(_valid(case), len(parts)), strict=True):
            face = (from_usd(part, currency, case.day) / 100).quantize(Decimal(1)) * 100
            case.items.append(_item("banknotes", face, currency))
            rest -= in_usd(face, currency, case.day)
    dollars = [lot.total * share / sum(shares) * rest / lot.total for share in shares]
    for case, amount in list(zip(of_theme, dollars, strict=True))[:-1]:
        face = (amount / NOTES).quantize(Decimal(1)) * NOTES
        case.items.append(_item("banknotes", face, "USD"))
        rest -= face
    _close(of_theme[-1], rest)


def _close(case: Case, rest: Decimal) -> None:
    """Put what is left of the total into a case: bank notes, and a money order that has cents."""
    order = rest % INSTRUMENTS + INSTRUMENTS
    case.items.append(_item("banknotes", rest - order, "USD"))
    case.items.append(_item("bearer_instrument", order, "USD"))


def _valid(case: Case) -> list[str]:
    """Return the currencies that may be found on the day of the case."""
    known = contracts()["seizures"].codes["currency"]
    return [code for code in FOREIGN if (known[code].since or case.day) <= case.day <= (known[code].until or case.day)]


def _item(sub_type: str, face: Decimal, currency: str) -> dict[str, Value]:
    return {
        "category": "currency",
        "sub_type": sub_type,
        "quantity": plain(face),
        "unit": "face_value",
        "currency": currency,
    }
