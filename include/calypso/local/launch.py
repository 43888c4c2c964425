"""Begin a program with the environment, the account and the folder that a file of its own says, and no others.

It is run as a file by an interpreter that loads nothing else, and becomes the program: the process stays the same.
"""

from __future__ import annotations

import ctypes
import json
import os
import sys

NO_NEW_PRIVILEGES = 38  # option of prctl


def launch(path: str) -> None:
    """Become the program that the file at `path` describes; what it writes is its account's alone."""
    with open(path, encoding="utf-8") as file:
        told = json.load(file)
    os.umask(0o077)
    os.chdir(told["directory"])
    if sys.platform == "linux":
        ctypes.CDLL(None).prctl(NO_NEW_PRIVILEGES, 1, 0, 0, 0)
    if (account := told["identifier"]) is not None:
        os.setgroups([])
        os.setresgid(account, account, account)
        os.setresuid(account, account, account)
    os.execve(told["command"][0], told["command"], told["environment"])  # noqa: S606 - a list, no shell


if __name__ == "__main__":
    launch(sys.argv[1])
