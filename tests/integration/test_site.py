"""The stack serves its site: up to date after the Dag has run, in four languages, asking for nothing from outside."""

from __future__ import annotations

import shutil
import sys
from collections.abc import Iterator
from datetime import date
from typing import Any

import httpx
import pytest
from integration import browsing
from integration.line import TABLES_ALONE
from integration.test_deciding import until
from situations import situation

from calypso import building
from calypso.local import airflow_api, site
from calypso.registry import LANGUAGES
from calypso.report.daily.making import make, name
from calypso.settings import Settings
from calypso.site import catalogue, guides, publishing
from calypso.site.frame import index_name
from calypso.site.policy import WAREHOUSE

pytestmark = pytest.mark.integration

DAGS = ("document_warehouse", "publish_situation_report")
# A further edition of a day, whatever the demo has published.
DAY, NUMBER = date(2024, 11, 23), 9
# Which part of the policy keeps a script from asking, where it would.
_REFUSED = """
new Promise(told => {
    document.addEventListener('securitypolicyviolation', refusal => told(refusal.effectiveDirective));
    fetch('https://calypso.example/').catch(() => {});
})
"""
SECONDS = 2  # of processor time within which a site is laid out


def test_a_site_is_there_as_soon_as_the_stack_is(stack: Settings) -> None:
    for language in LANGUAGES:
        answer = httpx.get(site.url(stack) + index_name(language), trust_env=False)
        assert answer.status_code == 200
        assert f'<html lang="{language}">' in answer.text
        assert httpx.get(f"{site.url(stack)}reference/{language}/rules.html", trust_env=False).status_code == 200


def test_it_gives_out_nothing_but_its_files(stack: Settings) -> None:
    with httpx.Client(base_url=site.url(stack), trust_env=False) as client:
        assert client.post("/").status_code == 501
        for path in ("/guides/", "/.site/lock", "/%2e%2e/stack.env", "/..%2fsecrets/loader_password", "/stack.env"):
            assert client.get(path).status_code == 404
        assert client.get("/", headers={"Host": "evil.example"}).status_code == 421
        assert client.get("/").headers["X-Content-Type-Options"] == "nosniff"


@pytest.fixture(scope="module")
def published(stack: Settings) -> Iterator[str]:
    """The address of a site that the Dags have brought up to date, with marts and an edition of a made-up day."""
    folder = stack.home / "reports" / "calypso-2024" / DAY.isoformat() / str(NUMBER)
    folder.mkdir(parents=True)
    for (language, kind), content in make(situation(full=True), NUMBER, None).items():
        (folder / name(language, kind)).write_bytes(content)
    building.build(stack, without=TABLES_ALONE)
    with airflow_api.Client(stack) as client:
        for dag in DAGS:
            path = f"/dags/{dag}/dagRuns/{client.trigger(dag)}"
            state = until(lambda path=path: _ended(client.get(path)["state"]), "the site is not brought up to date")
            assert state == "success", dag
    yield site.url(stack)
    shutil.rmtree(folder)
    publishing.publish(stack)


def _ended(state: str) -> str | None:
    return state if state in ("success", "failed") else None


def test_what_was_published_is_on_the_site(stack: Settings, published: str) -> None:
    folder = stack.home / "reports" / "calypso-2024" / DAY.isoformat() / str(NUMBER)
    assert len(list(folder.iterdir())) == 8
    for path in folder.iterdir():
        answer = httpx.get(f"{published}{path.relative_to(stack.home)}", trust_env=False)
        assert answer.content == path.read_bytes()
    assert not catalogue.renew(stack)  # neither models nor columns have changed since


def test_it_is_laid_out_within_seconds(stack: Settings, published: str) -> None:
    import time

    began = time.process_time()
    publishing.publish(stack)
    assert time.process_time() - began < SECONDS


def test_the_server_has_loaded_nothing_heavy() -> None:
    import subprocess

    asked = "import sys, calypso.local.site; print([m for m in ('jinja2', 'psycopg2', 'polars') if m in sys.modules])"
    answer = subprocess.run([sys.executable, "-P", "-c", asked], capture_output=True, text=True, check=True)
    assert answer.stdout.strip() == "[]"


@browsing.needs_chromium
@pytest.mark.parametrize("language", LANGUAGES)
@pytest.mark.parametrize("width", browsing.WIDTHS.values(), ids=browsing.WIDTHS)
def test_the_home_page_leads_to_the_report_of_a_day(published: str, browser: Any, language: str, width: int) -> None:
    address = published + index_name(language)
    with browsing.opened(browser, address, language, width, "site") as page:
        report = f"reports/calypso-2024/{DAY}/{NUMBER}/{name(language, 'html')}"
        page.locator(f'a[href="{report}"]').first.click()
        assert page.url == published + report
        assert page.locator("html").get_attribute("lang") == language


@browsing.needs_chromium
@pytest.mark.parametrize("width", browsing.WIDTHS.values(), ids=browsing.WIDTHS)
@pytest.mark.parametrize("guide", ["administrations.nl", "analysts", "engineers", "operators", "receipts"])
def test_everybody_can_use_the_guides(published: str, browser: Any, guide: str, width: int) -> None:
    address = f"{published}guides/{guides.guide_name(guide)}"
    with browsing.opened(browser, address, guides.language_of(guide), width, f"site-{guide}"):
        pass


@browsing.needs_chromium
@pytest.mark.parametrize("page", ["seizures_specification", "seizures_codes", "rules"])
def test_everybody_can_use_the_reference(published: str, browser: Any, page: str) -> None:
    address = f"{published}reference/fr/{page}.html"
    with browsing.opened(browser, address, "fr", browsing.WIDTHS["desktop"], f"site-{page}"):
        pass


@browsing.needs_chromium
def test_the_warehouse_is_documented_and_its_page_asks_nobody(stack: Settings, published: str, browser: Any) -> None:
    served = published + WAREHOUSE
    for address in (served, (stack.home / "site" / WAREHOUSE).as_uri()):
        page = browser.new_page()
        asked: list[str] = []
        page.on("request", lambda request, asked=asked: asked.append(request.url))
        page.goto(f"{address}#!/model/model.calypso.rpt_operation_results")
        page.get_by_text("published_text").first.wait_for()
        page.wait_for_load_state("networkidle")
        browsing.SCREENSHOTS.mkdir(exist_ok=True)
        page.screenshot(path=browsing.SCREENSHOTS / "site-warehouse.png")
        assert [one.partition("#")[0] for one in asked] == [address]
        assert page.evaluate(_REFUSED) == "connect-src"
        page.context.close()
