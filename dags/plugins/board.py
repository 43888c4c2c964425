"""The board stands among Airflow's own pages: behind its login, in the language of the browser."""

from __future__ import annotations

from datetime import UTC, datetime
from typing import Annotated, Any, ClassVar

from airflow.api_fastapi.auth.managers.models.resource_details import AccessView
from airflow.api_fastapi.core_api.security import requires_access_view
from airflow.plugins_manager import AirflowPlugin
from fastapi import Depends, FastAPI, Header, HTTPException
from fastapi.responses import HTMLResponse

from calypso.registry import LANGUAGES, operations

# It runs no script and asks for nothing; only Airflow's own pages may frame it.
HEADERS = {
    "Content-Security-Policy": "default-src 'none'; style-src 'unsafe-inline'; frame-ancestors 'self'",
    "Cache-Control": "no-store",
    "X-Content-Type-Options": "nosniff",
}

# Airflow does not ask for a login before the pages of plugins: each has to ask.
app = FastAPI(
    title="Calypso", docs_url=None, openapi_url=None, dependencies=[Depends(requires_access_view(AccessView.WEBSITE))]
)


@app.get("/board", response_class=HTMLResponse)
def board(
    operation: str | None = None,
    language: str | None = None,
    accept_language: Annotated[str, Header()] = "",
) -> HTMLResponse:
    """Show the board of an operation: where none is named, of that about which a file has come last."""
    from calypso import board as room
    from calypso import settings, warehouse
    from calypso.board.page import language_of

    if operation not in (None, *operations()):
        raise HTTPException(404, "There is no such operation.")
    with warehouse.session(settings.current().warehouse("transformer")) as connection:
        state = room.board(connection, operations()[operation] if operation else room.latest(connection))
    spoken = language if language in LANGUAGES else language_of(accept_language)
    return HTMLResponse(room.page(state, spoken, list(operations().values()), datetime.now(UTC)), headers=HEADERS)


class Calypso(AirflowPlugin):
    """What Calypso adds to Airflow."""

    name = "calypso"
    fastapi_apps: ClassVar[list[Any]] = [{"app": app, "url_prefix": "/calypso", "name": "calypso"}]
    external_views: ClassVar[list[Any]] = [
        {"name": "Operation board", "href": "/calypso/board", "destination": "nav", "url_route": "operation-board"}
    ]
