"""The accounts of the quick start where root has started it: one for each server that strangers or readers speak to.

They are identifiers without a name, from those that systems leave unused: nothing else on the machine runs under them,
and no list of accounts is changed. Where Calypso runs as an ordinary user, every program is that user's.
"""

from __future__ import annotations

import email
import encodings
import importlib
import os
import pkgutil
import pwd
from collections.abc import Sequence
from pathlib import Path
from types import MappingProxyType

from calypso.local import machine
from calypso.local.machine import CannotServe

POSTGRES, SFTP, SITE = "postgres", "sftp", "site"
_IDENTIFIERS = MappingProxyType({POSTGRES: 65_521, SFTP: 65_522, SITE: 65_523})  # of user and group alike
_OF_OTHER_SYSTEMS = ("encodings.mbcs", "encodings.oem")
_LATE = (
    "concurrent.futures.thread",
    "grp",
    "ipaddress",
    "linecache",
    "stringprep",
    "tokenize",
    "traceback",
    "unicodedata",
)
_PRIVATE = 0o700
_LATER = ("airflow", "catalogue", "dbt", "reports", "run", "simulation")  # folders that tasks and commands write into


def identifier(program: str) -> int | None:
    """Return the account under which `program` runs, None for one's own. Raises CannotServe where it is another's."""
    if not machine.is_root():
        return None
    found = _IDENTIFIERS[program]
    try:
        name = pwd.getpwuid(found).pw_name
    except KeyError:
        return found
    raise CannotServe(
        f"The server {program} would run under the identifier {found}, which is the account {name} here: "
        "run Calypso as an ordinary user."
    )


def become(arguments: Sequence[str]) -> None:
    """Go on under the account that a command line names, if it names one.

    It may not be able to enter the folder of this interpreter: what a server imports late is imported before.
    """
    if arguments:
        number = int(arguments[0])
        for package in (encodings, email):
            for module in pkgutil.iter_modules(package.__path__, f"{package.__name__}."):
                if module.name not in _OF_OTHER_SYSTEMS:
                    importlib.import_module(module.name)
        for name in _LATE:
            importlib.import_module(name)
        os.setgroups([])
        os.setresgid(number, number, number)
        os.setresuid(number, number, number)


def named(program: str) -> list[str]:
    """Return the arguments by which `become` knows the account of `program`."""
    found = identifier(program)
    return [] if found is None else [str(found)]


def give(path: Path, program: str) -> None:
    """Let a folder with all that is in it belong to the account of `program`; links are not followed."""
    owner = identifier(program)
    if owner is None:
        return
    for folder, _, names in os.walk(path):
        for each in (folder, *(os.path.join(folder, name) for name in names)):
            if os.lstat(each).st_uid != owner:
                os.lchown(each, owner, owner)


def close(home: Path, site: Path) -> None:
    """Let nobody into a home but the accounts of its servers, each into its own folder; what was open before is closed.

    `site` is the folder of the site, beside which lies what its web server reads.
    """
    home.chmod(0o711 if machine.is_root() else _PRIVATE)
    for name in _LATER:  # they are there before, so that no one's umask says who may enter them
        (home / name).mkdir(mode=_PRIVATE, exist_ok=True)
    opened = {
        home / "postgres": (0, POSTGRES, 0o710),
        home / "sftp": (None, SFTP, _PRIVATE),
        home / "host": (None, SFTP, _PRIVATE),
        home / "door": (0, SFTP, 0o750),
        site.with_name(f".{site.name}"): (0, SITE, 0o750),
    }
    for path in [*home.iterdir(), *opened]:
        if path.is_symlink() or not path.exists():
            continue
        if not path.is_dir():
            path.chmod(0o600)
        elif path not in opened or not machine.is_root():
            path.chmod(_PRIVATE)
        else:
            owner, program, mode = opened[path]
            group = identifier(program)
            assert group is not None
            os.chown(path, group if owner is None else owner, group)
            path.chmod(mode)


def give_trees(home: Path) -> None:
    """Let the SFTP server own its key and its trees: all of them where an earlier version has made them as root."""
    give(home / "host", SFTP)
    owner = identifier(SFTP)
    trees = home / "sftp"
    if owner is not None and trees.stat().st_uid != owner:
        give(trees, SFTP)


def give_made(tree: Path, folders: Sequence[str], written: str) -> None:
    """Let the SFTP server own what was made of one tree: its folders, and the files of the one that is `written`.

    Nothing is done where the trees are still one's own, as those that a test serves.
    """
    owner = identifier(SFTP)
    if owner is None or tree.parent.stat().st_uid != owner:
        return
    for path in (tree, *(tree / folder for folder in folders)):
        os.lchown(path, owner, owner)
    give(tree / written, SFTP)
