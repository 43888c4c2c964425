"""Decide doubts: ask a person of the coordination unit about warnings that are worth a second look.

Each morning the oldest twenty are put side by side under *Required actions*: implausible quantities, marks that
may be meant for thousands, cases that may be told twice; not those that their sender has accepted. To each there are
three answers, with a reason: *accept* (it stands as it is), *keep* (it stays in doubt) and *ask* (a question in the
sender's language is put into its folder). What is decided, why and by whom is in `fct_findings` from the next build on.
What nobody has answered by the next morning is asked again.
"""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import Param, TriggerRule, dag, task

from dags.assets import RAW
from dags.hub import hub
from dags.questions import Question, code_span
from dags.retrying import tried


@dag(
    schedule="0 12 * * *",
    catchup=False,
    max_active_runs=1,
    default_args=tried("coordination-unit"),
    tags=["decisions"],
    doc_md=__doc__,
)
def decide_doubts() -> None:
    """Declare the Dag."""

    @task
    def doubts() -> list[dict[str, Any]]:
        from dataclasses import asdict

        from calypso import deciding, settings, warehouse

        now = settings.current()
        with warehouse.session(now.warehouse("loader")) as connection:
            return [asdict(doubt) for doubt in deciding.doubts(connection, now)]

    @task
    def questions(found: list[dict[str, Any]]) -> list[dict[str, str]]:
        from calypso.deciding import Doubt
        from calypso.telling import shown

        told = [Doubt(**one) for one in found]
        return [
            {
                "subject": f"{one.rule}: {shown(one.file_name)}, row {one.row}",
                "body": f"{code_span(one.told('en'))}\n\nCase {code_span(one.case_ref or '-')}",
            }
            for one in told
        ]

    @task(trigger_rule=TriggerRule.ALL_DONE, outlets=[RAW])
    def note(found: list[dict[str, Any]], ti: Any = None) -> int:
        from calypso import deciding, review_questions, settings, warehouse

        noted = 0
        answers = ti.xcom_pull(task_ids="decide", map_indexes=list(range(len(found)))) or []
        with (
            warehouse.session(settings.current().warehouse("loader")) as connection,
            hub() as sftp,
        ):
            for one, answer in zip(found, answers, strict=False):
                if answer and answer["responded_by_user"]:
                    doubt, [decision] = deciding.Doubt(**one), answer["chosen_options"]
                    why, who = answer["params_input"].get("why", ""), answer["responded_by_user"]["name"]
                    if decision == "ask":
                        review_questions.ask(sftp, doubt, why)
                    noted += deciding.decide(connection, doubt, decision, why, who)
        return noted

    found = doubts()
    decide = Question.partial(
        task_id="decide",
        options=["accept", "keep", "ask"],
        defaults=["keep"],
        params={"why": Param("", type="string", title="Why, or what to ask")},
        response_timeout=timedelta(hours=23),
    ).expand_kwargs(questions(found))
    decide >> note(found)  # type: ignore[call-arg]


decide_doubts()
