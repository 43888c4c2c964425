"""The site's web server gives out files of the site that is laid out, to this machine alone, and nothing besides."""

from __future__ import annotations

from io import BytesIO
from pathlib import Path
from typing import Any

import pytest

from calypso.local.site import Desk
from calypso.site import laying
from calypso.site.policy import WAREHOUSE

HOST = "Host: 127.0.0.1:8081"


class Asked:
    """What a request says, and the answer that is given; no socket is opened."""

    def __init__(self, said: bytes) -> None:
        self._said, self.answer = said, b""

    def makefile(self, *_: object) -> BytesIO:
        return BytesIO(self._said)

    def sendall(self, content: bytes) -> None:
        self.answer += bytes(content)

    def settimeout(self, seconds: float) -> None:
        assert seconds <= 60


@pytest.fixture
def site(tmp_path: Path) -> Path:
    """A site among things that are nobody's business."""
    (tmp_path / "secret.html").write_text("secret")
    (tmp_path / "folder").mkdir()
    (tmp_path / "folder" / "secret.html").write_text("secret")
    found = tmp_path / "site"
    pages = {"index.html": b"home", "index.fr.html": b"accueil", "guides/one.html": b"guide", WAREHOUSE: b"warehouse"}
    others = {"a b.html": b"spaced", "data.json": b"{}", "text.txt": b"text", "report.pdf": b"%PDF", "run.js": b"evil"}
    laying.lay(found, {**pages, **others, ".hidden.html": b"secret", ".git/config.html": b"secret"})
    (found.resolve() / "out.html").symlink_to(tmp_path / "secret.html")
    (found.resolve() / "away").symlink_to(tmp_path / "folder")
    return found


def ask(site: Path, path: str, method: str = "GET", *headers: str) -> tuple[int, dict[str, str], bytes]:
    """Return status, headers and body of the answer to a request."""
    asked = Asked("\r\n".join([f"{method} {path} HTTP/1.1", *(headers or (HOST,)), "", ""]).encode("latin-1"))
    Desk(asked, ("127.0.0.1", 1), None, site=site)
    head, _, body = asked.answer.partition(b"\r\n\r\n")
    status, *lines = head.decode("latin-1").split("\r\n")
    return int(status.split()[1]), dict(line.split(": ", 1) for line in lines), body


@pytest.mark.parametrize(
    ("path", "body", "kind"),
    [
        ("/", b"home", "text/html; charset=utf-8"),
        ("/index.fr.html", b"accueil", "text/html; charset=utf-8"),
        ("/guides/one.html?from=mail#part", b"guide", "text/html; charset=utf-8"),
        ("/warehouse/", b"warehouse", "text/html; charset=utf-8"),
        ("/a%20b.html", b"spaced", "text/html; charset=utf-8"),
        ("/data.json", b"{}", "application/json"),
        ("/text.txt", b"text", "text/plain; charset=utf-8"),
        ("/report.pdf", b"%PDF", "application/pdf"),
    ],
)
def test_a_file_of_the_site_is_given_out_as_what_it_is(site: Path, path: str, body: bytes, kind: str) -> None:
    status, headers, given = ask(site, path)
    assert (status, given, headers["Content-Type"]) == (200, body, kind)
    assert headers["Content-Length"] == str(len(body))
    status, alone, given = ask(site, path, "HEAD")
    assert (status, {**alone, "Date": headers["Date"]}, given) == (200, headers, b"")


@pytest.mark.parametrize(
    "path",
    [
        *("/nothing.html", "/guides", "/guides/", "/away/", "/warehouse", "/reports/"),
        *("/../secret.html", "/%2e%2e/secret.html", "/..%2fsecret.html", "/%252e%252e/secret.html", "/guides/../../x"),
        *("/..%5csecret.html", "/..\\secret.html", "//secret.html", "/./index.html", "/guides/./one.html"),
        *("/out.html", "/away/secret.html", "/.hidden.html", "/%2ehidden.html", "/.git/config.html", "/.site/lock"),
        *("/run.js", "/index.html/", "/index.html%00.pdf", "/index%0d%0aX:y.html", f"/{'x' * 4000}.html", "*"),
        *("/etc/passwd", "//etc/passwd", "http://127.0.0.1/../secret.html", "/ÿ.html", "/%ff%fe.html"),
    ],
)
def test_nothing_else_is(site: Path, path: str) -> None:
    status, headers, body = ask(site, path)
    assert status == 404
    assert b"secret" not in body.replace(b"/secret", b"")
    assert "Location" not in headers
    assert str(site.parent).encode() not in body


@pytest.mark.parametrize("method", ["POST", "PUT", "DELETE", "OPTIONS", "PATCH", "TRACE", "CONNECT", "PROPFIND", "get"])
def test_only_reading_is_understood(site: Path, method: str) -> None:
    assert ask(site, "/", method)[0] == 501
    assert (site / "index.html").read_bytes() == b"home"


@pytest.mark.parametrize(
    "host", ["Host: evil.example", "Host: 127.0.0.1.evil.example", "Host: [", "Host:", "Accept: */*"]
)
def test_a_strangers_name_for_this_machine_is_refused(site: Path, host: str) -> None:
    status, _, body = ask(site, "/", "GET", host)
    assert (status, b"home" in body) == (421, False)


@pytest.mark.parametrize("host", ["Host: localhost:9999", "Host: LOCALHOST", "Host: 127.0.0.1"])
def test_the_names_of_this_machine_are_known(site: Path, host: str) -> None:
    assert ask(site, "/", "GET", host)[0] == 200


@pytest.mark.parametrize("path", ["/", "/report.pdf", "/nothing.html", f"/{WAREHOUSE}"])
def test_every_answer_keeps_the_browser_to_showing(site: Path, path: str) -> None:
    _, headers, _ = ask(site, path)
    assert headers["X-Content-Type-Options"] == "nosniff"
    assert headers["Cache-Control"] == "no-store"
    assert headers["Referrer-Policy"] == "no-referrer"
    said = policy_of(headers)
    assert said["default-src"] == said["base-uri"] == said["form-action"] == said["frame-ancestors"] == ["'none'"]
    assert said.get("script-src", []) == (["'unsafe-inline'"] if path == f"/{WAREHOUSE}" else [])
    assert {source for sources in said.values() for source in sources} <= {
        "'none'",
        "data:",
        "'unsafe-inline'",
    }
    assert "Python" not in headers["Server"]


def policy_of(headers: dict[str, str]) -> dict[str, list[str]]:
    said = (one.split() for one in headers["Content-Security-Policy"].split(";"))
    return {name: sources for name, *sources in said}


def test_the_site_that_is_laid_out_now_is_given_out(site: Path) -> None:
    laying.lay(site, {"index.html": b"tomorrow"})
    assert ask(site, "/")[2] == b"tomorrow"
    assert ask(site, "/index.fr.html")[0] == 404


def test_without_a_site_there_is_nothing_and_no_fault(tmp_path: Path) -> None:
    assert ask(tmp_path / "site", "/")[0] == 404


def test_it_listens_on_loopback_alone(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> None:
    from calypso import settings
    from calypso.local import site as web

    bound: list[Any] = []
    monkeypatch.setattr(web, "ThreadingHTTPServer", lambda address, desk: bound.append(address))
    web.server(settings.read({"CALYPSO_HOME": str(tmp_path), "CALYPSO_SITE_PORT": "7"}))
    assert bound == [("127.0.0.1", 7)]
