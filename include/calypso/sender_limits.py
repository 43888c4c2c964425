"""Limits say how much one account may use of an SFTP server, whichever serves it, and how much disk must stay free.

They bound what one sender can cost the others. What a reader asks of a file's content is limited in `calypso.sheet`.
"""

from __future__ import annotations

from calypso.sheet.limits import MAX_BYTES

MEGABYTE = 1024**2

# One file. The slack lets an upload that is cut at this limit be larger than what is read, so that its sender gets a
# receipt which says that the file is too large (F010), and none about half of it.
FILE_BYTES = MAX_BYTES + MEGABYTE

# One inbox, with what a pull has taken and not yet removed. A file counts by its length, whatever it stores.
INBOX_BYTES = 2 * 1024**3
INBOX_ENTRIES = 10_000  # files and folders
INBOX_DEPTH = 8  # folders within each other

# One account, over all its connections.
CONNECTIONS = 10
SESSIONS = 10
HANDLES = 64  # open files and folders; fewer where the process may open few

# One session. Requests wait unread while answers beyond `UNREAD_BYTES` are not fetched by the client.
REQUEST_BYTES = 256 * 1024  # as OpenSSH has it
DATA_BYTES = REQUEST_BYTES - 1024  # of one read or write
UNREAD_BYTES = MEGABYTE
WINDOW_BYTES = MEGABYTE  # sent by a client before the server has read it

# All connections that have not logged in, together; fewer where the process may open few files. A thousand that come at
# once, and again as soon as they are closed, leave a login the time that it takes.
UNAUTHENTICATED = 1_500
LOGIN_SECONDS = 30

# File descriptors that no account but the hub gets: its connections, and what the server needs for itself.
RESERVED_FOR_THE_HUB = 128
RESERVED_FOR_THE_SERVER = 64

WITHDRAWN_SECONDS = 2.0  # in which the sessions of an account end whose key was taken out
KEEPALIVE_SECONDS = 30  # after which a silent client is asked whether it is there; it is asked three times
