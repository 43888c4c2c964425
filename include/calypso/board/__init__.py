"""The board is the page that the coordination unit looks at: who has reported, what is held back, what runs."""

from calypso.board.page import page
from calypso.board.state import Board, board, latest

__all__ = ["Board", "board", "latest", "page"]
