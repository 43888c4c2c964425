"""A wrong declaration is told with its file and line; a right one is frozen."""

import shutil
from datetime import timedelta
from pathlib import Path

import pytest
from pydantic import ValidationError

from calypso import registry
from calypso.declarations import DeclarationError
from calypso.simulation.editions import editions, routes

ROSTER = (registry.ROOM / "administrations.yml").read_text()


@pytest.mark.parametrize(
    ("found", "put", "said"),
    [
        ("zone: America/Aruba", "zone: America/Arubba", "America/Arubba is no IANA time zone"),
        ("    language: nl\n    zone: America/Aruba", "    language: de\n    zone: America/Aruba", "abw.language"),
        ("    currencies: [AWG]", "    currencies: [AWG]\n    curencies: [X]", "abw.curencies"),
        ("  abw:", "  atg:", "atg is declared twice"),
        ("names: {en: Aruba, fr: Aruba,", "names: {en: Aruba,", "abw.names.fr"),
    ],
)
def test_a_mistake_is_told_with_file_and_line(tmp_path: Path, found: str, put: str, said: str) -> None:
    path = tmp_path / "administrations.yml"
    path.write_text(ROSTER.replace(found, put, 1))
    line = next(
        number
        for number, (old, new) in enumerate(zip(ROSTER.splitlines(), path.read_text().splitlines(), strict=False), 1)
        if old != new
    )
    with pytest.raises(DeclarationError) as told:
        registry.read_administrations(path)
    message = str(told.value)
    assert said in message
    assert message.startswith(f"{path}:")
    # An error about a missing key names the mapping that lacks it, at most a line or two above.
    assert abs(int(message.split(":")[1]) - line) <= 2


def test_yaml_that_is_no_yaml_names_its_line(tmp_path: Path) -> None:
    path = tmp_path / "administrations.yml"
    path.write_text("administrations:\n  aia: [")
    with pytest.raises(DeclarationError, match=r"administrations.yml:\d+: not valid YAML"):
        registry.read_administrations(path)


def test_the_registry_is_frozen_and_complete() -> None:
    roster = registry.administrations()
    assert all(code == office.code for code, office in roster.items())
    assert {office.language for office in roster.values()} == set(registry.LANGUAGES)
    with pytest.raises(ValidationError):
        roster["brb"].zone = "UTC"  # type: ignore[misc]
    with pytest.raises(TypeError):
        roster["xyz"] = roster["brb"]  # type: ignore[index]


def test_names_agree_with_cldr_where_an_administration_is_one_territory() -> None:
    import pycountry
    from babel import Locale

    from calypso.contracts import fold

    own_names = {"bes", "mtq"}  # named as services over several islands
    for office in registry.administrations().values():
        if office.code in own_names:
            continue
        alpha_2 = pycountry.countries.get(alpha_3=office.code.upper()).alpha_2
        for language in registry.LANGUAGES:
            expected = fold(Locale(language).territories[alpha_2]).replace("st ", "saint ").replace(" and ", " ")
            said = fold(office.names[language]).replace(" and ", " ").replace("saint ", "saint ")
            assert said.split()[0] in expected or expected.split()[0] in said, (office.code, language, expected)


def test_every_operation_knows_its_participants_and_days() -> None:
    for operation in registry.operations().values():
        codes = registry.participants(operation)
        assert codes
        assert registry.operation_of(codes[0], operation.starts_on) is operation
        assert registry.operation_of(codes[-1], operation.ends_on) is operation
    assert registry.operation_of("brb", registry.operations()["calypso-2024"].starts_on.replace(year=1999)) is None


def test_who_came_later_takes_no_part_in_an_operation_of_all_that_had_begun(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    path = tmp_path / "administrations.yml"
    first = registry.operations()["calypso-2025"].starts_on
    for since, takes_part in ((first, True), (first + timedelta(days=1), False)):
        path.write_text(ROSTER.replace("    currencies: [AWG]", f"    currencies: [AWG]\n    since: {since}", 1))
        roster = registry.read_administrations(path)
        monkeypatch.setattr(registry, "administrations", lambda roster=roster: roster)
        assert ("abw" in registry.participants(registry.operations()["calypso-2025"])) is takes_part
        assert "abw" not in registry.participants(registry.operations()["calypso-2024"])


def test_an_operation_that_is_simulated_is_played_by_those_whose_routes_are_known() -> None:
    """An administration that came later says `since` when: operations of all that are over keep their participants."""
    for code in editions():
        unknown = set(registry.participants(registry.operations()[code])) - set(routes().administrations)
        assert unknown == set(), code


def test_a_participant_that_is_no_administration_is_refused(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    shutil.copytree(registry.ROOM, tmp_path, dirs_exist_ok=True)
    path = tmp_path / "operations" / "calypso-2024.yml"
    path.write_text(path.read_text("utf-8").replace("participants: all", "participants: [brb, xyz]"), "utf-8")
    monkeypatch.setattr(registry, "ROOM", tmp_path)
    with pytest.raises(DeclarationError, match="calypso-2024 has the participants xyz, who are not in"):
        registry.operations.__wrapped__()


def test_operations_that_share_a_day_and_a_participant_are_refused(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    shutil.copytree(registry.ROOM, tmp_path, dirs_exist_ok=True)
    first = (tmp_path / "operations" / "calypso-2024.yml").read_text("utf-8")
    second = tmp_path / "operations" / "sargasso-2024.yml"
    monkeypatch.setattr(registry, "ROOM", tmp_path)
    apart = first.replace("participants: all", "participants: [brb, tto]").replace("calypso-2024", "sargasso-2024")
    second.write_text(apart.replace("starts_on: 2024-11-04", "starts_on: 2024-11-24"), "utf-8")
    with pytest.raises(DeclarationError, match=r"share the days from 2024-11-24 to 2024-11-24.*brb, tto"):
        registry.operations.__wrapped__()
    second.write_text(second.read_text("utf-8").replace("ends_on: 2024-11-24", "ends_on: 2024-11-26"), "utf-8")
    with pytest.raises(DeclarationError, match="brb, tto"):
        registry.operations.__wrapped__()
    second.write_text(second.read_text("utf-8").replace("starts_on: 2024-11-24", "starts_on: 2024-11-25"), "utf-8")
    assert set(registry.operations.__wrapped__()) >= {"calypso-2024", "sargasso-2024"}
