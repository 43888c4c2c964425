"""Submissions are the files as offices send them: names, bytes, minutes of arrival, and what should become of them."""

from __future__ import annotations

import hashlib
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from random import Random

from calypso.simulation.agenda import Agenda, Key
from calypso.simulation.clock import in_time, too_late
from calypso.simulation.versions import Rows
from calypso.simulation.wording import MARK, Sheet, sheet
from calypso.simulation.wreckage import KINDS
from calypso.simulation.writing import content
from calypso.submission import NIL_VERSION
from calypso.verdict import State

LATE_SHARE = 0.07
DUPLICATES, OLDER_LAST, NIL_FIRST = 8, 3, 6


@dataclass(frozen=True)
class SimulatedFile:
    """One file with what it was meant to say; `wreck` is why it cannot be read, if it cannot."""

    administration: str
    file_name: str
    day: date
    version: int  # 0: nil
    state: State
    content: bytes
    arrived_at: datetime
    rows: Rows = ()
    sheet: Sheet = ()
    wreck: str | None = None

    @property
    def sha256(self) -> str:
        """Return the hash of its bytes."""
        return hashlib.sha256(self.content).hexdigest()

    @property
    def damages(self) -> list[str]:
        """Return the kind of damage of each row that should be quarantined."""
        return [row.damage for row in self.rows if row.damage is not None] if self.wreck is None else []


def submissions(agenda: Agenda, versions: Mapping[Key, list[Rows]], seed: int) -> list[SimulatedFile]:
    """Return every file of the operation in the order of arrival."""
    sender = _Sender(agenda, Random(f"{agenda.operation.code}/{seed}/files"))
    single = [key for key, said in versions.items() if len(said) == 1]
    nil_first = set(sender.rng.sample(single, NIL_FIRST))
    wrecked = sender.wrecked([key for key in single if key not in nil_first], versions)
    found: list[SimulatedFile] = []
    for key in agenda.days():
        if key not in versions:
            found.append(sender.nil(key, sender.first(key)))
        else:
            found.extend(sender.of_day(key, versions[key], wrecked.get(key), key in nil_first))
    found = _older_last(found, sender.rng)
    found.extend(_duplicates(found, sender.rng))
    return sorted(found, key=lambda file: (file.arrived_at, file.administration, file.file_name))


@dataclass
class _Sender:
    """Writes the files of each day."""

    agenda: Agenda
    rng: Random

    def first(self, key: Key) -> datetime:
        """Return when the first file of a day arrives: mostly in time."""
        when = too_late if self.rng.random() < LATE_SHARE else in_time
        return when(key[1], self.agenda.operation.cut_off, self.agenda.offices[key[0]].administration.zone, self.rng)

    def after(self, earlier: datetime) -> datetime:
        """Return when the next version arrives."""
        return earlier + timedelta(minutes=self.rng.randint(45, 32 * 60))

    def name(self, key: Key, suffix: str = "") -> str:
        """Return the name of a day's file as the office spells it."""
        office = self.agenda.offices[key[0]]
        name = f"{office.code}_{key[1]}_seizures{suffix}.{office.format}"
        return name.upper() if office.upper_names else name

    def nil(self, key: Key, at: datetime) -> SimulatedFile:
        """Return a file that says that nothing was found: its header, or one line."""
        office = self.agenda.offices[key[0]]
        said: Sheet = [[f"NIL {MARK}"]] if office.words_nil else sheet([], office)
        return SimulatedFile(
            key[0], self.name(key, "_nil"), key[1], NIL_VERSION, "nil", content(said, office), at, sheet=said
        )

    def data(self, key: Key, rows: Rows, version: int, at: datetime) -> SimulatedFile:
        """Return one version of a day's file."""
        office = self.agenda.offices[key[0]]
        said = sheet(rows, office)
        state: State = "partly_accepted" if any(row.damage for row in rows) else "accepted"
        name = self.name(key, f"_v{version}" if version > 1 else "")
        return SimulatedFile(key[0], name, key[1], version, state, content(said, office), at, rows, said)

    def of_day(self, key: Key, versions: list[Rows], wreck: str | None, nil_first: bool) -> Iterator[SimulatedFile]:
        """Yield what is sent for one day, the last file being right."""
        at, number = self.first(key), 0
        if nil_first:
            yield self.nil(key, at)
            at = self.after(at)
        if wreck is not None:
            spoiled = self.wreck(key, versions[0], wreck, at)
            yield spoiled
            number, at = number + (KINDS[wreck].name is None), self.after(at)
        for rows in versions:
            number += 1
            yield self.data(key, rows, number, at)
            at = self.after(at)

    def wreck(self, key: Key, rows: Rows, kind: str, at: datetime) -> SimulatedFile:
        """Return a day's file wrecked."""
        office, how = self.agenda.offices[key[0]], KINDS[kind]
        good = self.data(key, rows, 1, at)
        name = how.name(good.file_name, office) if how.name else good.file_name
        bytes_ = how.spoil(good.sheet, office, self.rng)
        return replace(good, file_name=name, state="rejected", content=bytes_, wreck=kind)

    def wrecked(self, keys: list[Key], versions: Mapping[Key, list[Rows]]) -> Mapping[Key, str]:
        """Choose for each kind of wreckage a day that it can happen to."""
        free, found = self.rng.sample(keys, len(keys)), dict[Key, str]()
        for kind, how in KINDS.items():
            for key in free:
                office = self.agenda.offices[key[0]]
                if how.suits(office, sheet(versions[key][0], office)):
                    found[key] = kind
                    free.remove(key)
                    break
        return found


def _older_last(found: list[SimulatedFile], rng: Random) -> list[SimulatedFile]:
    """Let a few first versions arrive after their second."""
    firsts = {(f.administration, f.day): f for f in found if f.version == 1 and f.state == "partly_accepted"}
    seconds = [f for f in found if f.version == 2 and f.state == "accepted" and (f.administration, f.day) in firsts]
    times: dict[int, datetime] = {}
    for second in rng.sample(seconds, min(OLDER_LAST, len(seconds))):
        first = firsts[second.administration, second.day]
        times |= {id(first): second.arrived_at, id(second): first.arrived_at}
    return [replace(file, arrived_at=times.get(id(file), file.arrived_at)) for file in found]


def _duplicates(found: list[SimulatedFile], rng: Random) -> Iterator[SimulatedFile]:
    """Yield files sent a second time, the same bytes under the same name in other letters."""
    for file in rng.sample([f for f in found if f.state == "accepted"], DUPLICATES):
        name = file.file_name.lower() if file.file_name.isupper() else file.file_name.upper()
        later = file.arrived_at + timedelta(minutes=rng.randint(5, 20 * 60))
        yield replace(file, file_name=name, state="duplicate", arrived_at=later)
