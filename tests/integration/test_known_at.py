"""What the marts answer for any moment is what the replay tells, and stays so: whatever came, by whichever builds."""

from __future__ import annotations

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta

import psycopg2.errors
import pytest
from hypothesis import Phase, given, seed, settings
from hypothesis import strategies as st
from integration.line import TABLES_ALONE
from integration.world import ANSWERS, CUTS, FIRST, HABITS, World, invented, world
from replay.invented import Filing
from replay.replay import Answer, Replay

from calypso.settings import Settings

pytestmark = pytest.mark.integration

# Histories that were once told wrong, by their place, with their seeds: they are told again every time.
ONCE_WRONG = {
    ("calypso-2024", "abw"): 1,  # an item was cancelled before it was first told of
    ("calypso-2024", "aia"): 1,  # a second copy stood for a report until its end was known, and then did not
    ("calypso-2024", "dom"): 1,  # an item was of the day of its cancellation
    ("calypso-2024", "sur"): 1,  # one build knew of two files that changed a case: the wrong one was told
    ("mixed-2024", "dom"): 1,
    (
        "simulated-2024",
        "bes",
    ): 1,  # a simulated file whose end no build had seen was not under way
}
# When a build first knew what: this alone may differ where files come to other builds.
OF_ARRIVAL = ("known_from", "replaces", "replaced_by")
HISTORIES = {f"fct_{told}_history" for told in ("case_matches", "cases", "contributions", "days", "items")}
OF_CHANGES = HISTORIES | {"fct_changes", "rpt_changes"}

OF_EVENTS = "distinct_cases"
CASES = "select case_key from marts.cases(%s, %s)"
PAIRS = "select case_key, other_case_key from marts.case_matches(%s, %s) where is_match"

Question = tuple[datetime, str]  # as known at this moment, of this operation


@dataclass
class Played:
    """A world that is built step by step, with the answers it has given."""

    world: World
    seed: int
    answers: dict[tuple[str, Question], list[str]] = field(default_factory=dict, repr=False)

    def came_last(self, operation: str) -> int:
        """Return how many files of an operation the last build was the first to know."""
        last = len(self.world.cuts) - 1
        return sum(one.loaded == last and one.submission.operation == operation for one in self.world.filings)

    def ask(self, replay: Replay, question: Question) -> None:
        """Ask the marts and the replay alike."""
        at, operation = question
        for function, tell in ANSWERS.items():
            expected = tell(replay, operation, at)
            whole, told = self.world.ask(function, operation, at, list(expected[0]) if expected else [])
            wrong = difference(expected, [row for row in told if row.get("figure") != OF_EVENTS])
            assert not wrong, f"marts.{function}('{operation}', '{at.isoformat()}') with --seed {self.seed}: {wrong}"
            assert self.answers.setdefault((function, question), whole) == whole
        assert self.distinct(question) == self.events(question), f"{question} with --seed {self.seed}"

    def distinct(self, question: Question) -> int:
        """Return how many distinct cases the marts tell of."""
        at, operation = question
        query = f"select value from marts.operation_results(%s, %s) where figure = '{OF_EVENTS}'"
        [(value,)] = self.world.read(query, [operation, at])
        return int(value)

    def events(self, question: Question) -> int:
        """Return how many events are told, of the cases and the pairs that the marts tell of."""
        at, operation = question
        told = {case: {case} for (case,) in self.world.read(CASES, [operation, at])}
        for one, other in self.world.read(PAIRS, [operation, at]):
            both = told[one] | told[other]
            told.update(dict.fromkeys(both, both))
        return len({frozenset(event) for event in told.values()})

    def ask_again(self) -> None:
        """Ask every question again: a later build changes no answer, unless simulated files come after their moment."""
        self.answers = {asked: told for asked, told in self.answers.items() if HABITS[asked[1][1]].in_order}
        for (function, (at, operation)), told in self.answers.items():
            again, _ = self.world.ask(function, operation, at, [])
            assert again == told, f"marts.{function}('{operation}', '{at.isoformat()}') with --seed {self.seed}"


def difference(expected: Sequence[Answer], told: Sequence[Answer]) -> str:
    """Return what only the replay and what only the marts tell, a few rows of each; nothing where they agree."""
    here, there = (Counter(tuple(sorted(row.items())) for row in rows) for rows in (expected, told))
    missing, more = ([dict(row) for row in rows][:3] for rows in (here - there, there - here))
    return f"the replay tells {missing}, the marts tell {more}" if missing or more else ""


def questions(replay: Replay, cut: datetime) -> list[Question]:
    """Return what may be asked: every moment at which an answer may change, and those just before and after it."""
    changing = {cut}
    for one in replay.submissions:
        changing |= {one.received_at, one.recorded_at, one.known_from or cut}
    for operation in HABITS:
        changing |= {row["deadline_at"] for row in replay.delivery_statuses(operation, cut)}
    beside = {at + timedelta(microseconds=step) for at in changing for step in (-1, 0, 1)}
    return [(at, operation) for at in sorted(beside) if at <= cut for operation in HABITS]


@pytest.fixture(scope="module")
def played(servers: Settings, request: pytest.FixtureRequest) -> Iterator[Played]:
    drawn = request.config.getoption("--seed") or random.randrange(1, 10**6)
    with world(servers, "known_at", invented(drawn, ONCE_WRONG)) as made:
        yield Played(made, drawn)


def test_every_build_answers_any_question_as_the_replay_does(
    played: Played, request: pytest.FixtureRequest, record_property: Callable[[str, object], None]
) -> None:
    each = -(-request.config.getoption("--questions") // len(CUTS))
    asked = 0
    for cut in CUTS:
        played.world.build(cut)
        played.ask_again()
        replay = played.world.replay()
        asked += put(played, replay, questions(replay, cut), each)
        compare_histories(played, replay)
    assert played.came_last(FIRST.code) > 50
    record_property("questions", asked)
    print(f"{asked} questions asked of {len(played.world.filings)} files, with --seed {played.seed}")
    assert asked > 0.9 * each * len(CUTS)


def put(played: Played, replay: Replay, candidates: Sequence[Question], number: int) -> int:
    """Put so many questions, or the simplest one that is answered wrong; return how many were put."""
    asked = set()

    @seed(played.seed)
    @settings(max_examples=number, deadline=None, database=None, phases=[Phase.generate, Phase.shrink])
    @given(st.sampled_from(candidates))
    def ask(question: Question) -> None:
        asked.add(question)
        played.ask(replay, question)

    ask()
    return len(asked)


def compare_histories(played: Played, replay: Replay) -> None:
    """Compare every period: in which a file counted, and in which a case or an item was known, and what changed it."""
    assert played.world.days() == replay.days(), f"--seed {played.seed}"
    told, expected = played.world.periods(), replay.periods()
    assert set(told) == set(expected), f"--seed {played.seed}: {set(told) ^ set(expected)}"
    for period, (known_by, ended_by) in expected.items():
        began, ended = told[period]
        assert began in known_by, f"--seed {played.seed}: {period} began by {known_by}, not by {began}"
        assert ended in (ended_by or {None}), f"--seed {played.seed}: {period} ended by {ended_by}, not by {ended}"


def test_the_tables_answer_for_now(played: Played) -> None:
    """What is known now is what is known at the cut, in every table beside which there is a function."""
    functions = {name for (name,) in played.world.read(FUNCTIONS)}
    assert len(functions) >= len(ANSWERS)
    for function in functions:
        told_by = "fct_deliveries" if function == "delivery_statuses" else f"fct_{function}"
        table = f"rpt_{function}" if f"rpt_{function}" in played.world.tables() else told_by
        query = f"select t::text from marts.{table} as t where operation_code = %s order by t::text"
        for operation in HABITS:
            told, _ = played.world.ask(function, operation, CUTS[-1], [])
            assert sorted(told) == sorted(row for (row,) in played.world.read(query, [operation])), table


FUNCTIONS = """
select proname from pg_proc
where pronamespace = 'marts'::regnamespace and proargnames[1:2] = '{operation,known_at}'
    and has_function_privilege('calypso_analyst', oid, 'execute')
"""


def test_nothing_is_told_of_a_moment_after_the_cut(played: Played) -> None:
    for function in ANSWERS:
        with pytest.raises(psycopg2.errors.DataException, match="Nothing is known for certain after"):
            played.world.ask(function, "calypso-2024", CUTS[-1] + timedelta(microseconds=1), [])


def test_a_full_refresh_gives_the_same_tables(played: Played) -> None:
    before = {table: played.world.content(table) for table in played.world.tables()}
    played.world.rebuild("--full-refresh", without=TABLES_ALONE)
    assert set(before) == set(played.world.tables())
    for table, rows in before.items():
        assert played.world.content(table) == rows, f"{table}, with --seed {played.seed}"


def test_another_order_gives_the_same_current_tables(servers: Settings, played: Played) -> None:
    """Files that come to other builds than before; where all are simulated also their history is the same."""
    with world(servers, "known_at_shuffled", shuffled(played.world.filings, played.seed)) as other:
        for cut in CUTS[1:]:
            other.build(cut, without=TABLES_ALONE)
        tables = {name for name in other.tables() if not name.startswith("dim_")} | {"dim_places"}
        for table in tables:
            mine, others = (made.content(table, of="simulated-2024") for made in (played.world, other))
            assert mine == others, f"{table}, with --seed {played.seed}"
        for table in tables - OF_CHANGES:
            mine, others = (made.content(table, without=OF_ARRIVAL) for made in (played.world, other))
            assert mine == others, f"{table}, with --seed {played.seed}"


def shuffled(filings: Sequence[Filing], drawn: int) -> list[Filing]:
    """Return the same files coming to two builds in another order; what was never loaded stays so."""
    draw = random.Random(drawn)
    first = {one.submission.submission_id: draw.randrange(2) for one in filings}
    mixed = [
        replace(
            one,
            recorded=max(first[one.submission.submission_id], first.get(one.submission.duplicate_of or "", 0)),
            loaded=draw.choice((first[one.submission.submission_id], 1)) if one.loaded < len(CUTS) else len(CUTS),
        )
        for one in filings
    ]
    mixed = [replace(one, loaded=max(one.recorded, one.loaded)) for one in mixed]
    draw.shuffle(mixed)
    return mixed
