"""A file as large as they come, made in seconds: true rows of a simulated office, with known cells broken."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

import numpy
import polars as pl

LEFT_OUT = ("place_type", "transit_country", "origin_country")  # of the contract's 37 fields

# Which broken cell breaks which rule: field, what stands there instead, the one row in so many.
BROKEN: Mapping[str, tuple[str, str, int]] = {
    "S004": ("direction", "", 997),
    "S008": ("category", "unobtainium", 499),
    "S009": ("concealment", "in a hat", 211),
    "S010": ("event_date", "31/02/2024", 307),
    "S012": ("quantity", "1 250.5", 401),
    "S013": ("persons_detained", "two", 503),
    "S014": ("place", "#REF!", 601),
    "S015": ("make", "m" * 61, 701),
    "S016": ("quantity", "-2", 809),
    "S018": ("unit", "l", 907),
    "S026": ("event_date", "06/11/2024", 1009),
    "S029": ("territory", "Jamaica", 1103),
    "S032": ("unlocode", "BRIDGE", 1201),
    "S041": ("hs_code", "71081", 1301),
    "S044": ("description", "carried by Mr Doe", 1409),
}


def columns(rows: int) -> pl.DataFrame:
    """Return `rows` rows that break no rule, every cell a text."""
    n, dice = numpy.arange(rows), numpy.random.default_rng(34)

    def one_of(*words: str) -> pl.Series:
        return pl.Series(words).gather(dice.integers(0, len(words), rows))

    def number(pattern: str, values: numpy.ndarray) -> pl.Series:
        before, after = pattern.split("{}")
        return before + pl.Series(values).cast(pl.String) + after

    case = n // 3
    per_case = [pl.Series(dice.integers(0, size, rows // 3 + 1)).gather(case) for size in (21, 2, 3, 23)]
    pistol = pl.Series(dice.random(rows) < 0.2)
    direction = pl.Series(["import", "Importación", "transit"]).gather(per_case[2])
    frame = {
        "action": pl.Series(["new"]).new_from_index(0, rows),
        "case_ref": number("BB-{}", 1_000_000 + case),
        "case_type": pl.Series(["seizure", "detention"]).gather(per_case[1]),
        "event_date": (per_case[0] % 2 + 4).cast(pl.String).str.zfill(2) + "/11/2024",
        "event_time": number("{}", per_case[3].to_numpy()).str.zfill(2) + number(":{}", dice.integers(10, 60, rows)),
        "discovered_date": pl.Series(["05/11/2024"]).new_from_index(0, rows),
        "territory": pl.Series(["brb"]).new_from_index(0, rows),
        "place": number("Berth {}", dice.integers(1, 400, rows)),
        "unlocode": pl.Series(["BBBGI"]).new_from_index(0, rows),
        "direction": direction,
        "transport_mode": one_of("sea", "air", "mail"),
        "conveyance": number("MV {}", dice.integers(1, 5000, rows)),
        "consignment_ref": number("C{}", dice.integers(10**6, 10**7, rows)),
        "concealment": pl.Series(["baggage"]).new_from_index(0, rows),
        "detection_method": pl.Series([""]).new_from_index(0, rows),
        "departure_country": one_of("Jamaica", "tto", "GY"),
        "destination_country": pl.select(
            pl.when(pl.lit(direction) == "transit").then(pl.lit("NL")).otherwise(one_of("BB", "Barbade", ""))
        ).to_series(),
        "persons_detained": number("{}", dice.integers(0, 5, rows)),
        "related_case": number("tto:TT-{}", dice.integers(0, 9000, rows)),
        "item_no": number("{}", n % 3 + 1),
        "category": pl.Series(["gold", "firearm"]).gather(pistol.cast(pl.UInt32)),
        "sub_type": pl.Series(["", "semi_automatic_pistol"]).gather(pistol.cast(pl.UInt32)),
        "description": number("Lot {}", n),
        "hs_code": pl.Series(["7108.", "9302."]).gather(pistol.cast(pl.UInt32))
        + number("{}", dice.integers(10, 99, rows)),
        "quantity": pl.select(
            pl.when(pistol).then(pl.lit("1")).otherwise(number("{}", dice.integers(1, 900, rows)) + ".25")
        ).to_series(),
        "unit": pl.Series(["kg", "piece"]).gather(pistol.cast(pl.UInt32)),
        "value": number("{}", dice.integers(1, 500_000, rows)),
        "currency": one_of("USD", "BBD"),
        "make": pl.select(pl.when(pistol).then(number("Make {}", dice.integers(1, 60, rows))).otherwise(pl.lit(""))),
        "model": pl.select(pl.when(pistol).then(number("M{}", dice.integers(1, 99, rows))).otherwise(pl.lit(""))),
        "calibre": pl.select(pl.when(pistol).then(pl.lit("9x19")).otherwise(pl.lit(""))),
        "serial_state": pl.select(pl.when(pistol).then(pl.lit("present")).otherwise(pl.lit(""))),
        "serial_number": pl.select(pl.when(pistol).then(number("SN{}", n)).otherwise(pl.lit(""))),
        "remarks": number("Team {}", dice.integers(1, 40, rows)),
    }
    return pl.DataFrame({name: one if isinstance(one, pl.Series) else one.to_series() for name, one in frame.items()})


def write(path: Path, rows: int) -> dict[str, list[int]]:
    """Write the file; return for each rule the physical rows whose cell was broken, with a 1-based header."""
    frame = columns(rows).with_row_index("_n")
    taken = pl.Series([False]).new_from_index(0, rows)
    truth = {}
    for rule, (field, word, each) in BROKEN.items():
        chosen = (frame["_n"] % each == each // 2) & ~taken
        taken |= chosen
        frame = frame.with_columns(pl.when(chosen).then(pl.lit(word)).otherwise(pl.col(field)).alias(field))
        truth[rule] = (chosen.arg_true() + 2).to_list()
    frame.drop("_n").with_columns(pl.all().replace("", None)).write_csv(path, quote_style="never")
    return truth
