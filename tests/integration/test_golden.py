"""The golden corpus over SFTP and through the steps of the Dags: the same findings, one receipt for each."""

from __future__ import annotations

import json
from collections.abc import Callable
from contextlib import ExitStack
from typing import Any

from corpus.golden import OFFICES, golden

from expectations.rules import rule_book


def test_the_platform_finds_what_the_check_finds(new_line: Callable[..., Any]) -> None:
    corpus = list(golden())
    with ExitStack() as held:
        line = held.enter_context(new_line("golden", None))
        for file in corpus:
            (line.trees / file.administration / "inbox" / file.file_name).write_bytes(file.content)
        ids = line.ingest(OFFICES)
        assert len(ids) == len(corpus)
        found: dict[tuple[str, str], list[tuple[Any, ...]]] = {
            (file.administration, file.file_name): [] for file in corpus
        }
        rows = line.rows(
            "select s.administration_code, s.file_name, f.rule_code, f.row_number, f.field from raw.findings as f "
            "join raw.submissions as s using (submission_id) order by submission_id, finding_no"
        )
        for code, name, *finding in rows:
            if not rule_book().rules[finding[0]].needs_history:  # a laptop cannot know what was received before
                found[code, name].append(tuple(finding))
        for file in corpus:
            assert tuple(found[file.administration, file.file_name]) == file.findings, file.file_name
        answered = []
        for code in OFFICES:
            for path in (line.trees / code / "receipts").glob("*.json"):
                receipt = json.loads(path.read_text(encoding="utf-8"))
                assert receipt["administration"]["code"] == code
                answered.append((code, receipt["file_name"]))
        assert sorted(answered) == sorted((file.administration, file.file_name) for file in corpus)
