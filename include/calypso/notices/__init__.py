"""Notices tell an administration that a report is due, or missing: its sender hears of a silence first."""

from calypso.notices.agenda import Moment, agenda
from calypso.notices.giving import Channel, Notice, give
from calypso.notices.posting import in_folder
from calypso.notices.words import letter

__all__ = ["Channel", "Moment", "Notice", "agenda", "give", "in_folder", "letter"]
