"""Without a login Airflow answers to nobody: every operation of its API is asked, and the board."""

from __future__ import annotations

import json
import re
import urllib.error
import urllib.request
from concurrent.futures import ThreadPoolExecutor

import pytest

from calypso.local import airflow
from calypso.settings import Settings

pytestmark = pytest.mark.integration

# What says no more than that Airflow is there, and lets a person log in or out.
OPEN = re.compile(r"/api/v2/(monitor/health|version|auth/(login|logout))|/auth/.*|/ui/auth/.*")


def asked(url: str, method: str = "GET") -> int:
    class Stay(urllib.request.HTTPRedirectHandler):
        def redirect_request(self, *arguments: object) -> None:
            """Follow no redirection."""

    body = b"{}" if method in ("POST", "PATCH", "PUT") else None
    request = urllib.request.Request(url, body, {"Content-Type": "application/json"}, method=method)
    try:
        with urllib.request.build_opener(Stay).open(request, timeout=60) as answer:
            return int(answer.status)
    except urllib.error.HTTPError as refused:
        return refused.code


def test_every_operation_of_the_api_asks_for_a_login(stack: Settings) -> None:
    root = airflow.url(stack).rstrip("/")
    with urllib.request.urlopen(f"{root}/openapi.json", timeout=60) as answer:
        paths = json.load(answer)["paths"]
    operations = [
        (re.sub(r"\{[^}]+\}", "1", path), method.upper())
        for path, offered in paths.items()
        for method in offered
        if method in ("get", "post", "put", "patch", "delete") and not OPEN.fullmatch(path)
    ]
    assert len(operations) > 100
    with ThreadPoolExecutor(8) as several:
        answers = list(several.map(lambda one: asked(f"{root}{one[0]}", one[1]), operations))
    let_in = [(*one, code) for one, code in zip(operations, answers, strict=True) if code != 401]
    assert let_in == []
