"""Retrying tells a fault of the network or of a server, which passes, from a bug, which trying again does not mend."""

from __future__ import annotations

from datetime import timedelta
from typing import Any

from airflow.sdk import RetryDecision, RetryPolicy

from dags.alerting import on_failure

SILENT = timedelta(minutes=1)  # after which a server that said nothing is asked again
OURS = (AssertionError, AttributeError, ImportError, LookupError, NameError, TypeError, ValueError)


class ByFault(RetryPolicy):
    """Ends a task at once where its fault is plainly ours; anything else is tried again, and an engineer told last."""

    def evaluate(self, exception: BaseException, try_number: int, max_tries: int, context: Any = None) -> RetryDecision:
        """Decide by what was raised."""
        import psycopg2  # a Dag file imports nothing that is heavy

        if isinstance(exception, (*OURS, psycopg2.ProgrammingError)):
            return RetryDecision.fail("a fault of our own, which trying again does not mend")
        if isinstance(exception, TimeoutError):
            # It would hold its worker as long again, while others have something to do.
            return RetryDecision.retry(SILENT, "a server said nothing, and is given a minute")
        return RetryDecision.default()


def tried(owner: str, times: int = 2, after: timedelta = timedelta(seconds=30)) -> dict[str, Any]:
    """Return what every task of a Dag is given: who owns it, how it is tried again, and who hears of it in the end."""
    return {
        "owner": owner,
        "retries": times,
        "retry_delay": after,
        "retry_policy": ByFault(),
        "on_failure_callback": on_failure,
    }
