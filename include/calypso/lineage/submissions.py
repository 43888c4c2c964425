"""The lineage of submissions: each file that was answered, and the rows and the receipt that came of it."""

from __future__ import annotations

import uuid
from collections.abc import Iterator, Sequence
from typing import TYPE_CHECKING, Any

from openlineage.client.event_v2 import InputDataset, Job, OutputDataset, Run, RunEvent, RunState
from openlineage.client.facet_v2 import output_statistics_output_dataset as statistics

from calypso import ledger
from calypso.contracts import contract_for
from calypso.legible import escaped
from calypso.lineage import HUB, JOBS, PRODUCER, table
from calypso.settings import Settings

if TYPE_CHECKING:
    from psycopg2.extensions import connection as Connection

_ANSWERED = """
select acknowledged.submission_id, acknowledged.reached_at, receipts.file_name,
    sum(states.rows_read) filter (where states.state <> 'tested')  -- what is tried out is not loaded
from raw.submission_states as acknowledged
join raw.receipts on receipts.submission_id = acknowledged.submission_id
join raw.submission_states as states on states.submission_id = acknowledged.submission_id
where acknowledged.state = 'acknowledged' and acknowledged.submission_id = any(%s)
group by acknowledged.submission_id, acknowledged.reached_at, receipts.file_name
order by acknowledged.reached_at, acknowledged.submission_id
"""


def events(connection: Connection, settings: Settings, submission_ids: Sequence[str]) -> Iterator[RunEvent]:
    """Yield two events for each answered submission: that its file came, and what it became.

    The run of a submission is always the same, so what is told twice is told once.
    """
    came = {one.submission_id: one for one in ledger.submissions(connection, submission_ids)}
    with connection.cursor() as cursor:
        cursor.execute(_ANSWERED, [list(submission_ids)])
        answered = cursor.fetchall()
    for submission_id, answered_at, receipt, loaded in answered:
        one = came[submission_id]
        inputs = [InputDataset(HUB, f"/{one.administration}/inbox/{escaped(one.file_name)}")]
        outputs = [
            OutputDataset(*table(settings, "raw.submissions")),
            OutputDataset(*table(settings, "raw.findings")),
            OutputDataset(HUB, f"/{one.administration}/receipts/{receipt}"),
        ]
        if loaded and one.name:
            counted = statistics.OutputStatisticsOutputDatasetFacet(rowCount=int(loaded))
            rows = table(settings, f"raw.{contract_for(one.name).table}")
            outputs.append(OutputDataset(*rows, outputFacets={"outputStatistics": counted}))
        of_it: dict[str, Any] = {
            "run": Run(str(uuid.uuid5(uuid.NAMESPACE_URL, f"calypso:{submission_id}"))),
            "job": Job(JOBS, f"ingest.{one.administration}"),
            "inputs": inputs,
            "producer": PRODUCER,
        }
        yield RunEvent(eventTime=one.received_at.isoformat(), eventType=RunState.START, **of_it)
        yield RunEvent(eventTime=answered_at.isoformat(), eventType=RunState.COMPLETE, outputs=outputs, **of_it)
