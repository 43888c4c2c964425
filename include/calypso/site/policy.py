"""The policy says what a browser may do with a page of the site: show it, for all it needs lies in it."""

from __future__ import annotations

WAREHOUSE = "warehouse/index.html"  # dbt's own page, the only one that works by script

_ALONE = "default-src 'none'; base-uri 'none'; form-action 'none'; img-src data:; style-src 'unsafe-inline'"
SCRIPTED = f"{_ALONE}; font-src data:; script-src 'unsafe-inline'"


def policy(name: str) -> str:
    """Return the policy under which a file of the site is given out, as the header Content-Security-Policy has it."""
    return f"{SCRIPTED if name == WAREHOUSE else _ALONE}; frame-ancestors 'none'"
