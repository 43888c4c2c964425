"""The web server gives out the files of the site on loopback, to who reads on this machine, and nothing else."""

from __future__ import annotations

import sys
from functools import partial
from http import HTTPStatus
from http.server import SimpleHTTPRequestHandler, ThreadingHTTPServer
from io import BufferedReader
from pathlib import Path
from types import MappingProxyType
from typing import Any
from urllib.parse import unquote, urlsplit

from calypso import settings
from calypso.local import accounts
from calypso.settings import Settings
from calypso.site.policy import policy

HOSTS = ("127.0.0.1", "localhost")  # under any other name a stranger's page could ask through a reader's browser
KINDS = MappingProxyType(
    {
        ".html": "text/html; charset=utf-8",
        ".json": "application/json",
        ".pdf": "application/pdf",
        ".txt": "text/plain; charset=utf-8",
    }
)
ALWAYS = MappingProxyType(
    {
        "Cache-Control": "no-store",
        "Cross-Origin-Resource-Policy": "same-origin",
        "Referrer-Policy": "no-referrer",
        "X-Content-Type-Options": "nosniff",
    }
)


class Desk(SimpleHTTPRequestHandler):
    """Answers GET and HEAD with one file of the site; it lists no folder and follows no way out."""

    server_version, sys_version = "Calypso", ""
    timeout = 30  # seconds in which a request must have been said

    def __init__(self, *said: Any, site: Path) -> None:
        self._site = site
        self._name = ""
        super().__init__(*said)

    def send_head(self) -> BufferedReader | None:
        """Send what goes before a file and return it open, or refuse."""
        if not self._is_addressed():
            self.send_error(HTTPStatus.MISDIRECTED_REQUEST)
            return None
        found = self._found()
        if found is None:
            self.send_error(HTTPStatus.NOT_FOUND)
            return None
        self.send_response(HTTPStatus.OK)
        self.send_header("Content-Type", KINDS[found.suffix])
        self.send_header("Content-Length", str(found.stat().st_size))
        self.end_headers()
        return found.open("rb")

    def end_headers(self) -> None:
        """Send what every answer says."""
        for name, value in {**ALWAYS, "Content-Security-Policy": policy(self._name)}.items():
            self.send_header(name, value)
        super().end_headers()

    def _is_addressed(self) -> bool:
        try:
            return urlsplit(f"//{self.headers.get('Host', '')}").hostname in HOSTS
        except ValueError:
            return False

    def _found(self) -> Path | None:
        """Return the file that is asked for, of the site that is laid out at this moment."""
        name = unquote(self.path.partition("?")[0].partition("#")[0]).lstrip("/")
        name = f"{name}index.html" if name.endswith("/") or not name else name
        if any(part.startswith(".") for part in name.split("/")):
            return None
        try:
            root = self._site.resolve()
            path = (root / name).resolve()
            found = path.is_relative_to(root) and path.suffix in KINDS and path.is_file()
        except (OSError, ValueError):  # a name that no file can have
            return None
        self._name = path.relative_to(root).as_posix() if found else ""
        return path if found else None


def server(known: Settings) -> ThreadingHTTPServer:
    """Return a server of this installation's site, which listens already."""
    return ThreadingHTTPServer(("127.0.0.1", known.site_port), partial(Desk, site=known.site))


def url(known: Settings) -> str:
    """Return the address of the home page."""
    return f"http://127.0.0.1:{known.site_port}/"


if __name__ == "__main__":
    accounts.become(sys.argv[1:])
    server(settings.current()).serve_forever()
