"""The past of a body is which files its senders sent before, asked of the archive once, and which of them stand."""

from __future__ import annotations

from collections.abc import Sequence
from functools import cached_property

from calypso.history import Archive, Filed, filed, standing
from calypso.submission import Submission


class Past:
    """What was received before some submissions that are judged together; they count as said, in their order."""

    def __init__(self, submissions: Sequence[Submission], archive: Archive) -> None:
        self.archive = archive
        self.own = {one.submission_id: filed(one, one.name) for one in submissions if one.name}
        self.reports = [self.own[one.submission_id] for one in submissions if one.name and one.name.purpose == "report"]
        self.offices = {one.administration for one in self.own.values()}

    @cached_property
    def known(self) -> Sequence[Filed]:
        """Return the files that the archive knows of these administrations."""
        return self.archive.files(self.offices)

    @cached_property
    def files(self) -> dict[str, Filed]:
        """Return all files, those that are judged too, by their submission ids."""
        return {file.submission_id: file for file in [*self.reports, *self.known]}

    @cached_property
    def stands(self) -> frozenset[str]:
        """Return the ids of the files that no other about the same replaces."""
        return standing(self.files.values())

    @cached_property
    def told(self) -> list[str]:
        """Return the ids of the standing files whose rows the archive can tell."""
        return sorted(self.stands & {file.submission_id for file in self.known} - self.own.keys())
