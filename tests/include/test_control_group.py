"""Where the servers may be put in a control group: by root, and where nobody has put this process in one already."""

from __future__ import annotations

import subprocess
import sys
from pathlib import Path

import pytest

from calypso.local import control_group


def proc(tmp_path: Path, own: str, *mounts: str) -> Path:
    """Make what Linux tells of this process and of its mounts; `{root}` is the folder of the groups."""
    root = tmp_path / "cpu"
    root.mkdir()
    (root / "cgroup.subtree_control").write_text("cpu memory\n")
    (tmp_path / "self").mkdir()
    (tmp_path / "self" / "cgroup").write_text(own)
    (tmp_path / "mounts").write_text("".join(f"{line.format(root=root)}\n" for line in mounts))
    return tmp_path


V1 = "cgroup {root} cgroup rw,relatime,cpu,cpuacct 0 0"
V2 = "cgroup2 {root} cgroup2 rw,nosuid 0 0"
OTHER = "tmpfs /run tmpfs rw 0 0"


@pytest.mark.parametrize(
    ("own", "mounts", "found"),
    [
        pytest.param("2:cpu,cpuacct:/\n0::/\n", [OTHER, V1], True, id="first version"),
        pytest.param("0::/\n", [OTHER, V2], True, id="second version"),
        pytest.param("2:cpu,cpuacct:/docker/abc\n0::/\n", [V1], False, id="in a container"),
        pytest.param("0::/system.slice/calypso.service\n", [V2], False, id="in a unit of systemd"),
        pytest.param("2:memory:/\n", ["cgroup {root} cgroup rw,memory 0 0"], False, id="another controller"),
        pytest.param("0::/\n", [OTHER], False, id="none mounted"),
    ],
)
def test_a_group_is_made_where_this_process_is_in_none(
    tmp_path: Path, own: str, mounts: list[str], found: bool
) -> None:
    root = control_group._processor_root(proc(tmp_path, own, *mounts))
    assert root == (tmp_path / "cpu" if found else None)


def test_groups_of_the_second_version_that_do_not_share_the_processor_are_of_no_use(tmp_path: Path) -> None:
    folder = proc(tmp_path, "0::/\n", V2)
    (tmp_path / "cpu" / "cgroup.subtree_control").write_text("memory\n")
    assert control_group._processor_root(folder) is None


def test_an_ordinary_user_makes_none(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    monkeypatch.setattr(control_group.machine, "is_root", lambda: False)
    assert control_group.create(tmp_path) is None
    control_group.remove(tmp_path)


def test_a_command_runs_in_the_group_and_also_where_linux_refuses(tmp_path: Path) -> None:
    (tmp_path / control_group.MEMBERS).touch()
    for group in (tmp_path, tmp_path / "none"):
        command = control_group.within(group, [sys.executable, "-c", "import os; print(os.getpid())"])
        done = subprocess.run(command, capture_output=True, text=True, check=True)
        assert (done.stdout.strip().isdigit(), done.stderr) == (True, "")
    assert (tmp_path / control_group.MEMBERS).read_text().strip().isdigit()
    assert control_group.within(None, ["true"]) == ["true"]
