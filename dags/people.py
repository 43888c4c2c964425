"""People log in to Airflow with one of three roles; the first administrator is made with them: `python -m dags.people`.

For installations whose accounts are Airflow's own (FabAuthManager). Roles get what this version gives them beside what
was given them by hand; an administrator who is there stays.
"""

from __future__ import annotations

from calypso.registry import administrations

READ, CREATE, EDIT, DELETE, SEE = "can_read", "can_create", "can_edit", "can_delete", "menu_access"

ANALYST = {
    READ: (
        *("DAGs", "DAG Dependencies", "DAG Runs", "DAG Versions", "DAG Warnings", "Assets", "Asset Aliases", "Jobs"),
        *("Cluster Activity", "ImportError", "Task Instances", "Task Logs", "XComs", "HITL Detail", "Website"),
        *("My Password", "My Profile"),
    ),
    EDIT: ("My Password", "My Profile"),
    SEE: (
        *("Browse", "DAGs", "DAG Dependencies", "DAG Runs", "Assets", "Cluster Activity", "Jobs", "Task Instances"),
        *("Docs", "Documentation"),
    ),
}
# Who starts a run, or answers one, must be one who may change its Dag.
STARTED = ("decide_doubts", "publish_situation_report", *(f"ingest__{code}" for code in administrations()))
DUTY_OFFICER = {  # answers doubts, has a report published and an inbox pulled at once
    EDIT: ("HITL Detail", *(f"DAG:{dag}" for dag in STARTED)),
    CREATE: ("DAG Runs",),
    SEE: ("HITL Detail",),
}
ENGINEER = {  # runs and mends
    READ: ("DAG Code", "Connections", "Pools", "Variables", "Plugins", "Providers", "Audit Logs", "Backfills"),
    CREATE: ("Assets", "Task Instances", "Connections", "Pools", "Variables", "Backfills"),
    EDIT: ("DAGs", "DAG Runs", "Assets", "Task Instances", "Connections", "Pools", "Variables", "Backfills"),
    DELETE: ("Connections", "Pools", "Variables"),
    SEE: ("Admin", "Connections", "Pools", "Plugins", "Variables", "Providers", "XComs"),
}
# Each may what the one before may, and more.
ROLES = {
    "analyst": (ANALYST,),
    "duty officer": (ANALYST, DUTY_OFFICER),
    "engineer": (ANALYST, DUTY_OFFICER, ENGINEER),
}


def permissions(role: str) -> list[tuple[str, str]]:
    """Return what a role may: action and resource, as Airflow names them."""
    return [(action, name) for part in ROLES[role] for action, names in part.items() for name in names]


def admit() -> None:
    """Make the roles and the first administrator."""
    from airflow.providers.fab.auth_manager.cli_commands.utils import get_application_builder
    from airflow.providers_manager import ProvidersManager

    from calypso import settings
    from calypso.local import airflow, secrets

    password = secrets.secret(settings.current().home, secrets.AIRFLOW_ADMIN)
    ProvidersManager().initialize_providers_configuration()  # as Airflow's own commands do
    with get_application_builder() as builder:
        room = builder.sm
        room.bulk_sync_roles({"role": role, "perms": permissions(role)} for role in ROLES)
        if not room.find_user(airflow.ADMIN):
            role, mail = room.find_role("Admin"), f"{airflow.ADMIN}@localhost"
            if not room.add_user(airflow.ADMIN, "Calypso", "Administrator", mail, role, password):
                raise RuntimeError("Airflow has made no administrator: its log above says why.")


if __name__ == "__main__":
    admit()
