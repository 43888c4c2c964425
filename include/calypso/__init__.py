"""Calypso: how the submissions of a joint customs operation move."""
