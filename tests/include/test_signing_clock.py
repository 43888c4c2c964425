"""Which key signs is decided by the order of the keys, and what a key has signed stays valid, by any clock."""

from __future__ import annotations

import hashlib
import json
import subprocess
from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calypso import cli, settings
from calypso.receipts import signing, verification
from calypso.receipts.chain import encode

HOUR, DAY = timedelta(hours=1), timedelta(days=1)


class Clock:
    """A clock that stands where it is set, and the receipts that are answered by it."""

    def __init__(self, home: Path) -> None:
        self.at = datetime(2026, 11, 30, 9, 20, tzinfo=UTC)
        self.keys, self.folder = home / "keys", home / "hti"
        self.used: list[str] = []  # the key of each receipt
        for name in ("receipts", "reference"):
            (self.folder / name).mkdir(parents=True)

    def now(self, zone: object = None) -> datetime:
        return self.at

    def answer(self, signs: signing.Signer | None = None) -> None:
        """Sign the next receipt and the statement as of now, and give out the list of those who may sign."""
        signs = signs or signing.signer(self.keys)
        self.used.append(signs.key_id)
        number, name = len(self.used), f"hti_{len(self.used)}.json"
        before = self.folder / f"receipts/hti_{number - 1}.json"
        said = {"administration": {"code": "hti"}, "number": number, "key_id": signs.key_id}
        moment = signs.moment().isoformat(timespec="seconds")
        previous = hashlib.sha256(before.read_bytes()).hexdigest() if before.exists() else None
        body = encode({**said, "previous_sha256": previous, "answered_at": moment})
        (self.folder / "receipts" / name).write_bytes(body)
        (self.folder / "receipts" / f"{name}.sig").write_text(signs.sign(body))
        said |= {"sha256": hashlib.sha256(body).hexdigest(), "file_name": name, "stated_at": moment}
        stated = encode({**said, "signature": signs.sign(encode(said))})
        (self.folder / "reference/last_receipt.json").write_bytes(stated)
        (self.folder / "reference/allowed_signers").write_bytes(signs.allowed_signers)

    def rotate(self) -> None:
        """Change the key, and look that the next receipt is signed by the new one."""
        new = signing.rotate(self.keys)
        self.answer()
        assert self.used[-1] == new.key_id
        assert new.key_id not in self.used[:-1]

    def wrong(self) -> list[str]:
        """Return what is wrong with the receipts, by Calypso's own check and by OpenSSH's."""
        signers = self.folder / "reference/allowed_signers"
        wrong = list(verification.verify([self.folder]).problems)
        for path in sorted(self.folder.glob("receipts/*.json")):
            answered = datetime.fromisoformat(json.loads(path.read_bytes())["answered_at"])
            command = ["ssh-keygen", "-Y", "verify", "-f", signers, "-I", "calypso", "-n", "calypso-receipt"]
            command += [f"-Overify-time={answered:%Y%m%d%H%M%SZ}", "-s", f"{path}.sig"]
            done = subprocess.run(command, input=path.read_bytes(), capture_output=True, check=False)
            wrong += [path.name] if done.returncode else []
        return wrong


@pytest.fixture
def clock(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Clock:
    made = Clock(tmp_path)
    monkeypatch.setattr(signing, "datetime", type("Standing", (datetime,), {"now": made.now}))
    return made


def first_key_ahead(clock: Clock) -> None:
    clock.at += 2 * DAY
    clock.answer()
    clock.at += 5 * HOUR
    clock.answer()
    clock.at -= 2 * DAY + 4 * HOUR
    clock.answer()
    clock.rotate()


def rotated_while_ahead(clock: Clock) -> None:
    clock.answer()
    clock.at += 2 * DAY
    clock.rotate()
    clock.at -= 2 * DAY - HOUR
    clock.answer()
    clock.rotate()


def back_by_an_hour(clock: Clock) -> None:
    clock.answer()
    clock.at += 3 * HOUR
    clock.rotate()
    clock.at -= HOUR
    clock.answer()
    clock.rotate()


def back_by_a_year(clock: Clock) -> None:
    clock.answer()
    clock.at -= 365 * DAY
    clock.rotate()
    clock.answer()
    clock.at += 365 * DAY
    clock.answer()


def ahead_by_a_year_and_many_keys(clock: Clock) -> None:
    clock.at += 365 * DAY
    clock.answer()
    clock.at -= 365 * DAY
    for _ in range(3):
        clock.rotate()
        clock.at += DAY


def jumps_while_answering(clock: Clock) -> None:
    signs = signing.signer(clock.keys)
    for jump in (timedelta(), -2 * DAY, 5 * DAY, -DAY):
        clock.at += jump
        clock.answer(signs)
    clock.rotate()


def older_folder(clock: Clock) -> None:
    """Keys as an earlier version has left them: no notes, and the first made by a clock that was ahead."""
    clock.at += 2 * DAY
    clock.answer()
    clock.at += 3 * HOUR
    clock.answer()
    for note in clock.keys.glob("*.signed"):
        note.unlink()
    clock.at -= 2 * DAY
    clock.answer()
    clock.rotate()


@pytest.mark.parametrize(
    "course",
    [
        *(first_key_ahead, rotated_while_ahead, back_by_an_hour, back_by_a_year),
        *(ahead_by_a_year_and_many_keys, jumps_while_answering, older_folder),
    ],
    ids=lambda course: course.__name__,
)
def test_the_new_key_signs_and_every_receipt_verifies(clock: Clock, course: Callable[[Clock], None]) -> None:
    course(clock)
    assert clock.wrong() == []
    clock.at += 3 * HOUR
    clock.answer()
    assert clock.wrong() == []
    assert clock.used[-1] == clock.used[-2], "an old key does not come back when its time comes"


@pytest.mark.parametrize("jump", [2 * DAY, -2 * DAY, 2 * HOUR], ids=str)
def test_a_key_that_was_put_away_signs_no_longer(clock: Clock, jump: timedelta) -> None:
    """What is being answered while the key changes is valid, and two hours of its clock later nothing is."""
    before = signing.signer(clock.keys)
    clock.rotate()
    clock.answer(before)
    assert clock.wrong() == []
    clock.at += jump
    with pytest.raises(signing.NoSigningKey, match="was replaced"):
        before.moment()


def test_a_change_of_keys_that_would_change_nothing_fails_aloud(clock: Clock, monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings.read({"CALYPSO_HOME": str(clock.keys.parent)})
    monkeypatch.setattr(settings, "current", lambda: known)
    last = signing.signer(known.signing_keys)
    for ending in ("key", "pub"):
        (known.signing_keys / f"99991231235959Z.{ending}").write_bytes(
            (known.signing_keys / f"{last.name}.{ending}").read_bytes()
        )
    said = CliRunner().invoke(cli.app, ["rotate-signing-key"])
    assert said.exit_code == 1
    assert "No new key signs" in said.output
    assert "99991231235959Z" in said.output


def test_a_key_from_the_future_is_known(clock: Clock) -> None:
    assert signing.latest(clock.keys) == []
    clock.answer()
    assert signing.latest(clock.keys) == [clock.at]
    clock.at += 2 * DAY
    clock.rotate()
    ahead = clock.at
    clock.at -= 2 * DAY
    clock.rotate()
    assert signing.latest(clock.keys) == [ahead]
