"""A receipt that was changed, or is missing from its chain, is found; a change of keys leaves old receipts valid."""

from __future__ import annotations

import hashlib
import json
import shutil
import stat
import subprocess
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest
from typer.testing import CliRunner

from calypso import cli, settings
from calypso.receipts import signing, verification
from calypso.receipts.chain import encode

LENGTH = 5


def write(folder: Path, signer: signing.Signer, number: int, previous: str | None, answered: datetime) -> str:
    """Write one receipt with its signature, as it is delivered; return its hash."""
    body = encode(
        {
            "administration": {"code": "hti", "name": "Haïti"},
            "number": number,
            "previous_sha256": previous,
            "key_id": signer.key_id,
            "answered_at": answered.isoformat(timespec="seconds"),
        }
    )
    (folder / f"hti_{number}.json").write_bytes(body)
    (folder / f"hti_{number}.json.sig").write_text(signer.sign(body))
    return hashlib.sha256(body).hexdigest()


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """An administration's folder with a chain of receipts, and the keys that signed them beside it."""
    (tmp_path / "hti" / "receipts").mkdir(parents=True)
    (tmp_path / "hti" / "reference").mkdir()
    signer, previous = signing.signer(tmp_path / "keys"), None
    for number in range(1, LENGTH + 1):
        previous = write(tmp_path / "hti" / "receipts", signer, number, previous, datetime.now(UTC))
    (tmp_path / "hti" / "reference" / "allowed_signers").write_bytes(signer.allowed_signers)
    state(tmp_path / "hti", signer, LENGTH)
    return tmp_path


def state(folder: Path, signer: signing.Signer, number: int) -> None:
    """Write the statement of the last receipt, as it is delivered."""
    body = (folder / f"receipts/hti_{number}.json").read_bytes()
    said = {
        "administration": {"code": "hti"},
        "number": number,
        "sha256": hashlib.sha256(body).hexdigest(),
        "file_name": f"hti_{number}.json",
        "key_id": signer.key_id,
        "stated_at": json.loads(body)["answered_at"],
    }
    stated = encode({**said, "signature": signer.sign(encode(said))})
    (folder / "reference" / "last_receipt.json").write_bytes(stated)


def stated_at(home: Path) -> str:
    return json.loads((home / "hti/reference/last_receipt.json").read_bytes())["stated_at"]


def verify(*arguments: object) -> tuple[int, str]:
    answer = CliRunner().invoke(cli.app, ["verify-receipt", *map(str, arguments)])
    return answer.exit_code, answer.output


@pytest.mark.parametrize("given", ["hti", "hti/receipts"])
def test_a_whole_chain_verifies_with_the_folder_alone(home: Path, given: str) -> None:
    assert verify(home / given) == (
        0,
        "hti: receipts 1 to 5 are signed by Calypso, unchanged, and none is missing between.\n"
        f"hti: Calypso has stated at {stated_at(home)} that receipt 5 is the last.\n"
        f"Signed with the key {signing.signer(home / 'keys').key_id}.\n",
    )


def test_single_receipts_verify_too(home: Path) -> None:
    assert verify(home / "hti/receipts/hti_3.json")[0] == 0
    assert verify(home / "hti/receipts/hti_2.json", home / "hti/receipts/hti_3.json.sig")[0] == 0
    assert verify(*(home / "hti/receipts").iterdir())[0] == 0
    code, said = verify(home / "hti/receipts/hti_2.json", home / "hti/receipts/hti_4.json")
    assert (code, said.splitlines()[0]) == (1, "Receipt 3 of hti is missing.")


def test_a_change_of_any_one_byte_is_found(home: Path) -> None:
    folder = home / "hti" / "receipts"
    for name in ("hti_3.json", "hti_3.json.sig"):
        original = (folder / name).read_bytes()
        for place in range(len(original)):
            changed = bytearray(original)
            changed[place] ^= 1
            (folder / name).write_bytes(changed)
            assert verification.verify([home / "hti"]).problems, (name, place)
        (folder / name).write_bytes(original)
    assert verification.verify([home / "hti"]).problems == []


def test_a_changed_receipt_is_said_in_one_sentence(home: Path) -> None:
    path = home / "hti/receipts/hti_5.json"
    path.write_bytes(path.read_bytes().replace("Haïti".encode(), "Haïtx".encode()))
    code, said = verify(home / "hti")
    assert code == 1
    assert said.splitlines()[0] == (
        "hti_5.json does not match its signature: one of the two was changed, or the signer is not Calypso."
    )


@pytest.mark.parametrize("dropped", [1, 2, 4, 5])
def test_a_receipt_dropped_from_the_chain_is_found(home: Path, dropped: int) -> None:
    (home / f"hti/receipts/hti_{dropped}.json").unlink()
    code, said = verify(home / "hti")
    assert (code, said.splitlines()[0]) == (1, f"Receipt {dropped} of hti is missing.")


def test_the_end_of_the_chain_is_stated_and_the_statement_signed(home: Path) -> None:
    for number in (4, 5):
        (home / f"hti/receipts/hti_{number}.json").unlink()
    assert verification.verify([home / "hti"]).problems == ["Receipts 4 to 5 of hti are missing."]
    stated = home / "hti/reference/last_receipt.json"
    original = stated.read_bytes()
    for changed in (original.replace(b'"number": 5', b'"number": 3'), b"{}", b"[1", b"", original[:-20]):
        stated.write_bytes(changed)
        assert verification.verify([home / "hti"]).problems == [
            "last_receipt.json does not match its signature: it was changed, or the signer is not Calypso."
        ]


@pytest.mark.parametrize("given", ["hti", "hti/receipts"])
def test_an_end_that_was_cut_off_with_its_statement_is_found(home: Path, given: str) -> None:
    """A whole folder proves nothing of its end without the statement; receipts by themselves need none."""
    (home / "hti/reference/last_receipt.json").unlink()
    for receipts in (5, 4, 1):
        code, said = verify(home / given)
        assert (code, said.splitlines()[0]) == (
            1,
            "The statement of the last receipt of hti, last_receipt.json, is missing: without it nobody can tell "
            "whether the newest receipts were taken away. Take it from your folder reference.",
        )
        assert verify(*(home / "hti/receipts").glob("*.json"))[0] == 0
        for path in (home / "hti/receipts").glob(f"hti_{receipts}.*"):
            path.unlink()


def test_of_several_folders_each_needs_its_statement(home: Path, tmp_path: Path) -> None:
    shutil.copytree(home / "hti", tmp_path / "copy")
    assert verify(home / "hti", tmp_path / "copy")[1].count("both say that they are receipt") == LENGTH
    other = tmp_path / "brb"
    (other / "receipts").mkdir(parents=True)
    body = json.loads((home / "hti/receipts/hti_1.json").read_bytes()) | {"administration": {"code": "brb"}}
    (other / "receipts/brb_1.json").write_bytes(encode(body))
    (other / "receipts/brb_1.json.sig").write_text(signing.signer(home / "keys").sign(encode(body)))
    assert verify(home / "hti", other)[1].splitlines()[0].startswith("The statement of the last receipt of brb,")


def test_a_receipt_signed_again_in_another_form_is_found_by_the_next(home: Path) -> None:
    """Even the holder of the key cannot rewrite one receipt without the next one saying so."""
    write(home / "hti/receipts", signing.signer(home / "keys"), 3, "0" * 64, datetime.now(UTC))
    said = verification.verify([home / "hti"]).problems
    assert said == [
        "hti_3.json does not follow hti_2.json: the hash it carries is of another receipt.",
        "hti_4.json does not follow hti_3.json: the hash it carries is of another receipt.",
    ]


def test_two_receipts_of_one_number_are_found(home: Path) -> None:
    folder = home / "hti/receipts"
    for ending in ("json", "json.sig"):
        (folder / f"copy.{ending}").write_bytes((folder / f"hti_2.{ending}").read_bytes())
    assert any("both say that they are receipt 2" in said for said in verification.verify([home / "hti"]).problems)


def test_a_signature_of_somebody_else_is_found(home: Path, tmp_path: Path) -> None:
    stranger = signing.signer(tmp_path / "stranger")
    body = (home / "hti/receipts/hti_5.json").read_bytes()
    (home / "hti/receipts/hti_5.json.sig").write_text(stranger.sign(body))
    assert "hti_5.json does not match" in verification.verify([home / "hti"]).problems[0]


def test_what_holds_no_receipt_is_said(tmp_path: Path, home: Path) -> None:
    (tmp_path / "empty").mkdir()
    assert verify(tmp_path / "empty") == (1, f"There is no receipt in {tmp_path / 'empty'}.\n")
    (home / "hti/reference/allowed_signers").unlink()
    assert verify(home / "hti")[1].startswith("There is no allowed_signers beside the receipts")
    (home / "hti/reference/allowed_signers").write_text("not a key\n")
    assert "is not a list of allowed signers" in verify(home / "hti")[1]


def test_old_receipts_stay_valid_when_the_key_changes(home: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    """Two hours later the key is changed, and the chain goes on with the new one."""
    folder, later = home / "hti", datetime.now(UTC) + timedelta(hours=2)
    before = signing.signer(home / "keys")

    class Later(datetime):
        @classmethod
        def now(cls, tz=None):  # type: ignore[no-untyped-def]
            return later

    monkeypatch.setattr(signing, "datetime", Later)
    after = signing.rotate(home / "keys")
    assert after.key_id != before.key_id
    assert signing.signer(home / "keys").key_id == after.key_id
    last = hashlib.sha256((folder / "receipts/hti_5.json").read_bytes()).hexdigest()
    write(folder / "receipts", after, 6, last, later)
    (folder / "reference/allowed_signers").write_bytes(after.allowed_signers)
    assert verification.verify([folder]).problems == []
    for number, moment in ((5, datetime.now(UTC)), (6, later)):
        assert openssh(folder, number, moment) == 0
    # The key that was put away signs nothing any more, however well it still signs.
    write(folder / "receipts", before, 6, last, later + timedelta(hours=3))
    assert "which was not valid at" in verification.verify([folder]).problems[0]
    assert openssh(folder, 6, later + timedelta(hours=3)) != 0


def openssh(folder: Path, number: int, moment: datetime) -> int:
    """Verify a receipt as its page says, with OpenSSH alone."""
    path = folder / f"receipts/hti_{number}.json"
    command = ["ssh-keygen", "-Y", "verify", "-f", folder / "reference/allowed_signers", "-I", "calypso"]
    command += ["-n", "calypso-receipt", f"-Overify-time={moment:%Y%m%d%H%M%SZ}", "-s", f"{path}.sig"]
    return subprocess.run(command, input=path.read_bytes(), capture_output=True, check=False).returncode


def test_keys_are_for_their_owner_alone_and_made_once(tmp_path: Path) -> None:
    folder = tmp_path / "keys" / "signing"
    made = signing.signer(folder)
    assert signing.signer(folder).key_id == made.key_id
    [private] = folder.glob("*.key")
    assert stat.S_IMODE(private.stat().st_mode) == 0o600
    assert stat.S_IMODE(folder.stat().st_mode) == 0o700
    assert signing.rotate(folder).key_id != made.key_id  # in the same second, too
    assert len(list(folder.glob("*.pub"))) == 2
    private.unlink()
    sorted(folder.glob("*.key"))[-1].unlink()
    with pytest.raises(signing.NoSigningKey):
        signing.signer(folder)


def test_the_command_changes_the_key(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    known = settings.read({"CALYPSO_HOME": str(tmp_path)})
    monkeypatch.setattr(settings, "current", lambda: known)
    said = CliRunner().invoke(cli.app, ["rotate-signing-key"])
    assert (said.exit_code, signing.signer(known.signing_keys).key_id in said.output) == (0, True)


def test_a_receipt_that_is_none_is_said(home: Path) -> None:
    (home / "hti/receipts/deep.json").write_text("[" * 100_000)
    (home / "hti/receipts/list.json").write_text(json.dumps([1]))
    problems = verification.verify([home / "hti"]).problems
    assert [said.split(" is no receipt")[0] for said in problems] == ["deep.json", "list.json"]
