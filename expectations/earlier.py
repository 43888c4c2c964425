"""What was said earlier bears on what is said now: warnings only, for verdicts never depend on the order of arrival."""

from __future__ import annotations

import dataclasses
from collections import Counter, defaultdict
from collections.abc import Collection, Mapping, Sequence
from typing import TYPE_CHECKING

from calypso.body import Body
from calypso.finding import Finding
from calypso.history import Archive, Filed, filed
from calypso.submission import FileName, Submission
from calypso.verdict import COUNTING
from expectations.past import Past

if TYPE_CHECKING:
    import polars as pl

Statement = tuple[str, str | None, str | None]  # of a row: submission_id, case_ref, action
Told = tuple[bool | None, str | None]  # whether the case is known; another day on which it was reported as new
NOTHING: Told = (None, None)
COLUMNS = ("_case_known", "_new_on")


def columns(body: Body, past: Past | None) -> pl.DataFrame:
    """Return for each row of a body what S045 and S046 look at; empty where no archive tells what came before.

    `_case_known`: whether a row that corrects or cancels has a case to do it to. `_new_on`: another reporting day
    for which a case was reported as new before. Files judged in the same pass count as said, in their order.
    """
    import polars as pl

    actions = pl.Series("action", body.entries["action"].values, pl.String).gather(body.frame["action"])
    rows = pl.DataFrame([body.frame["submission"], body.frame["case_ref"], actions])
    told = []
    if past is not None:
        keys = [reading.submission.submission_id for reading in body.readings]
        asked = {(keys[number], ref, action): number for number, ref, action in rows.unique().rows()}
        found = _told(asked.keys(), past)
        told = [(asked[row], *row[1:], *about) for row, about in found.items() if about != NOTHING]
    schema = rows.schema | {"_case_known": pl.Boolean, "_new_on": pl.String}
    known = pl.DataFrame(told, schema=schema, orient="row")
    return rows.join(known, on=rows.columns, how="left", nulls_equal=True, maintain_order="left").select(COLUMNS)


def _told(rows: Collection[Statement], past: Past) -> Mapping[Statement, Told]:
    own, files = past.own, past.files
    cases = past.archive.cases(past.offices, {ref for _, ref, _ in rows if ref}) if past.known else []
    rows = _asked(rows, {one.case_ref for one in cases})
    said: dict[tuple[str, str], dict[str, bool]] = defaultdict(dict)
    for one in cases:
        if one.submission_id in files:
            said[files[one.submission_id].administration, one.case_ref][one.submission_id] = one.new
    for key, ref, action in rows:
        if ref:
            of_case = said[own[key].administration, ref]
            of_case[key] = of_case.get(key, False) or action == "new"
    return {
        row: _of_row(own[row[0]], row[2], said[own[row[0]].administration, row[1]], files, past.stands)
        for row in rows
        if row[1]
    }


def _asked(rows: Collection[Statement], known: Collection[str]) -> Collection[Statement]:
    """Return the rows about which something can be told: of a large file with new cases these are few."""
    several = len({key for key, _, _ in rows}) > 1
    files_of = Counter(ref for _, ref in {(key, ref) for key, ref, _ in rows}) if several else Counter()
    corrected = {ref for _, ref, action in rows if action != "new"}
    return [row for row in rows if row[1] in corrected or row[1] in known or files_of[row[1]] > 1]


def _of_row(
    mine: Filed, action: str | None, said: Mapping[str, bool], files: Mapping[str, Filed], stands: Collection[str]
) -> Told:
    """Tell of one row's case what the files received before, and the row's own file, say about it."""
    if action is None:
        return NOTHING  # what the row is to do cannot be read, and is told already (S008)
    # A case reference names a case within its operation: the next one may begin to count anew.
    of_operation = [key for key in said if key in files and files[key].operation == mine.operation]
    before = [key for key in of_operation if files[key].before(mine)]
    if action == "new":
        days = {files[key].day for key in before if said[key] and key in stands} - {mine.day}
        return None, str(max(days)) if days else None
    return bool(said[mine.submission_id] or before), None


def sequence(judged: Sequence[tuple[Submission, str]], archive: Archive | None) -> Mapping[str, Sequence[Finding]]:
    """Return, by submission id, what is to be told of how files about one day follow one another.

    `judged` are submissions with their final states; none is told anything where no archive is given.
    """
    mine = [
        (one.name, filed(one, one.name, nil=state == "nil"))
        for one, state in judged
        if one.name and one.name.purpose == "report" and state in COUNTING
    ]
    if archive is None or not mine:
        return {}
    of_day: dict[tuple[object, ...], dict[str, Filed]] = defaultdict(dict)
    for file in [*archive.files({one.administration for _, one in mine}), *(one for _, one in mine)]:
        of_day[file.about][file.submission_id] = file
    found = {}
    for name, one in mine:
        peers = [file for file in of_day[one.about].values() if file.before(one) and not file.nil]
        if peers and (finding := _following(name, one, peers)):
            found[one.submission_id] = [finding]
    return found


def _following(name: FileName, mine: Filed, peers: Collection[Filed]) -> Finding | None:
    """Tell what is odd about a file that came after others with data for its day; None where it corrects them."""
    latest = max(file.version for file in peers)
    if mine.nil:
        return Finding("F034", given=str(name), expected=f"v{latest}")
    if latest > mine.version:
        return Finding("F030", given=str(mine.version), expected=str(latest))
    if any(file.version == mine.version and file.sha256 != mine.sha256 for file in peers):
        return Finding("F031", given=str(name), expected=str(dataclasses.replace(name, version=latest + 1)))
    return None
