"""People have roles of which each may what the one before may, and an analyst changes nothing but what is his own."""

from __future__ import annotations

from dags.people import ROLES, permissions


def test_each_role_may_what_the_one_before_may() -> None:
    analyst, officer, engineer = (set(permissions(role)) for role in ROLES)
    assert analyst < officer < engineer
    assert {name for action, name in analyst if action in {"can_create", "can_edit", "can_delete"}} == {
        "My Password",
        "My Profile",
    }


def test_nobody_but_the_administrator_gives_rights() -> None:
    names = {name for role in ROLES for _, name in permissions(role)}
    assert not names & {"Users", "Roles", "Permissions", "Passwords"}
