"""The marts are told apart by a hash of each table, wherever they lie and whatever wrote them."""

from __future__ import annotations

# When something became known is the one thing that may differ; of simulated files not even that.
TABLES = (
    *("fct_items", "fct_cases", "fct_items_history", "fct_cases_history", "fct_deliveries", "fct_findings"),
    *("rpt_operation_results", "rpt_deliveries", "rpt_daily_situation", "rpt_quality"),
)
# A row for each table: its name, how many rows it has, and their hash.
_HASH = "md5(string_agg(t::text, e'\\n' order by t::text collate \"C\"))"
HASHES = " union all ".join(f"select '{table}', count(*), {_HASH} from marts.{table} as t" for table in TABLES)
# As many answers as files, and none twice.
ANSWERS = "select count(*), count(distinct submission_id) from raw.receipts"
