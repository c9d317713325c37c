"""Secrets in the forms of the editor: masked, whichever kind of field they stand in; the name of a variable is none."""

from __future__ import annotations

import re

import aiohttp
import pytest

from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.publishing import Bureau
from tests.server.web.test_edit_tests import form_at

SECRETS = """\
mail: {server: mail.acme.example, from: calls@acme.example, user: calls, password: hunter2}
connectors:
  shop: {webhook: {url: "https://hooks.acme.example/", secret: not-for-eyes-0123456789}}
  crm:
    rest:
      system: espocrm
      url: https://crm.acme.example/api/v1/
      auth: {header: {name: X-Api-Key, value: "${ENV:CRM_KEY}"}}
  suite:
    rest:
      system: suitecrm
      url: https://suite.acme.example/Api/
      auth: {oauth2: {client_id: us, client_secret: deep-and-dark-0123}}
"""


@pytest.fixture
def office(bureau: Bureau) -> Office:
    (bureau.draft / "secrets.yaml").write_text(SECRETS)
    return bureau.office


@pytest.fixture
async def admin(browser: Browser) -> aiohttp.ClientSession:
    return await browser("admin")


@pytest.mark.parametrize(
    ("thing", "secret"),
    [
        pytest.param("mail", "hunter2", id="mail"),
        pytest.param("connectors/shop", "not-for-eyes-0123456789", id="web-hook"),
        pytest.param("connectors/suite", "deep-and-dark-0123", id="oauth2"),
    ],
)
async def test_a_secret_is_masked_and_kept(
    admin: aiohttp.ClientSession, bureau: Bureau, thing: str, secret: str
) -> None:
    before = (bureau.draft / "secrets.yaml").read_bytes()
    async with admin.get(f"/site/edit/{thing}") as answer:
        page = await answer.text()
    places = [one for one in re.findall(rf"<[^<>]*{secret}[^<>]*>|>[^<]*{secret}", page) if 'type="hidden"' not in one]
    assert len(places) == 1 and 'type="password"' in places[0], places
    form = await form_at(admin, f"/site/edit/{thing}")
    async with admin.post(f"/site/edit/{thing}", data=form, allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
    assert (bureau.draft / "secrets.yaml").read_bytes() == before


async def test_the_name_of_a_variable_can_be_read(admin: aiohttp.ClientSession) -> None:
    async with admin.get("/site/edit/connectors/crm") as answer:
        places = re.findall(r"<[^<>]*\$\{ENV:CRM_KEY\}[^<]*", await answer.text())
    assert places and not any('type="password"' in one for one in places)
