"""Every setting stands in .env.example with its default, and nothing else reads the environment."""

import dataclasses
import re
from pathlib import Path

from calypso import settings

EXAMPLE = (settings.REPOSITORY / ".env.example").read_text()


def test_the_example_names_every_setting_with_its_default(tmp_path: Path) -> None:
    said = dict(re.findall(r"^(CALYPSO_\w+)=(.*)$", EXAMPLE, re.MULTILINE))
    fields = {f"CALYPSO_{field.name.upper()}" for field in dataclasses.fields(settings.Settings)}
    assert set(said) == fields
    given = {
        name: value
        for name, value in said.items()
        if not name.endswith(("_HOME", "_LANDING", "_SIGNING_KEYS", "_SITE"))
    }
    home = {"CALYPSO_HOME": str(tmp_path)}
    assert settings.read({**home, **given}) == settings.read(home)


def test_nothing_else_reads_the_environment() -> None:
    root = settings.REPOSITORY
    readers = {
        path.relative_to(root).as_posix()
        for room in ("include", "expectations", "dags")
        for path in (root / room).rglob("*.py")
        if re.search(r"os\.(environ|getenv)", path.read_text())
    }
    # transformation hands the caller's environment on to dbt, confined empties it; neither reads a setting from it
    others = {"include/calypso/transformation.py", "include/calypso/confined.py"}
    assert readers <= {"include/calypso/settings.py", *others}


def test_passwords_are_not_shown() -> None:
    known = settings.read({"CALYPSO_LOADER_PASSWORD": "sesame"})
    assert "sesame" not in repr(known)
