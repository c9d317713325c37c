"""The page of tokens: for admins, a secret is on it once, and what is wrong with a form is said."""

from __future__ import annotations

import re
from datetime import timedelta

import aiohttp
import pytest

from server import token_secret
from server.scopes import Scope
from server.token_model import Limit
from server.tokens import Tokens
from tests.server.web.conftest import Browser
from tests.server.web.office import Office

FORM = {"name": "crm", "scope:calls:read": "1", "scope:calls:write": "1", "expires": "90d"}


@pytest.fixture
def tokens(office: Office) -> Tokens:
    return Tokens(office.parts.database, office.parts.clock)


@pytest.fixture
async def admin(browser: Browser) -> aiohttp.ClientSession:
    return await browser("admin")


def shown(text: str) -> list[str]:
    return [found for found in re.findall(r"swr_\w+", text) if token_secret.is_whole(found)]


@pytest.mark.parametrize(
    ("method", "path"),
    [("GET", "/tokens"), ("POST", "/tokens"), ("POST", "/tokens/crm/rotate"), ("POST", "/tokens/crm/remove")],
)
@pytest.mark.parametrize("who", ["alice", "sue"])
async def test_it_is_for_admins_only(browser: Browser, tokens: Tokens, method: str, path: str, who: str) -> None:
    await tokens.add("crm", [Scope.CALLS_READ], by="admin")
    asker = await browser(who)
    async with asker.request(method, path, data=FORM if method == "POST" else None) as answer:
        assert answer.status == 403
    assert 'href="/tokens"' not in await (await asker.get("/calls")).text()
    [token] = await tokens.list_tokens()
    assert len(token.secrets) == 1


async def test_another_sites_form_is_refused(browser: Browser, tokens: Tokens) -> None:
    admin = await browser("admin")
    async with admin.post("/tokens", data=FORM, headers={"Sec-Fetch-Site": "cross-site"}) as answer:
        assert answer.status == 403
    assert await tokens.list_tokens() == []


async def test_a_token_is_made_and_shown_once(admin: aiohttp.ClientSession, tokens: Tokens) -> None:
    async with admin.post("/tokens", data={**FORM, "rate": "5", "burst": "50"}) as answer:
        text = await answer.text()
        assert (answer.status, answer.headers["Cache-Control"]) == (201, "no-store")
    [secret] = shown(text)
    grant = await tokens.find(secret)
    assert grant is not None
    assert (grant.name, grant.limit) == ("crm", Limit(5, 50))
    assert grant.scopes == {Scope.CALLS_READ, Scope.CALLS_WRITE}
    later = await (await admin.get("/tokens")).text()
    assert shown(later) == [] and "crm" in later and "5 a second, 50 at once" in later
    [token] = await tokens.list_tokens()
    assert token.made_by == "admin"
    assert token.expires_at is not None and (token.expires_at - token.made_at).days == 90


async def test_one_without_an_end(admin: aiohttp.ClientSession, tokens: Tokens) -> None:
    async with admin.post("/tokens", data={**FORM, "expires": ""}) as answer:
        assert answer.status == 201
    [token] = await tokens.list_tokens()
    assert token.expires_at is None and token.grant.limit == Limit()


@pytest.mark.parametrize(
    ("more", "status", "says"),
    [
        pytest.param({"name": "taken"}, 409, "There is a token of this name", id="taken"),
        pytest.param({"name": "C R M"}, 400, "has 1 to 64 letters", id="no name"),
        pytest.param({"name": "<b>x</b>"}, 400, "has 1 to 64 letters", id="markup"),
        pytest.param({"scope:calls:read": "", "scope:calls:write": ""}, 400, "at least one scope", id="no scope"),
        pytest.param({"rate": "often"}, 400, "may ask 0.1 to 1000 times a second", id="no rate"),
        pytest.param({"rate": "nan"}, 400, "may ask 0.1 to 1000 times a second", id="not a number"),
        pytest.param({"burst": "1.5"}, 400, "may ask 0.1 to 1000 times a second", id="half a request"),
        pytest.param({"burst": "9" * 5000}, 400, "may ask 0.1 to 1000 times a second", id="endlessly often"),
        pytest.param({"expires": "soon"}, 400, "is no span of time", id="no span"),
        pytest.param({"expires": "0"}, 400, "A token lasts 1 minute", id="over at once"),
    ],
)
async def test_what_is_wrong_is_said_and_what_was_written_stays(
    admin: aiohttp.ClientSession, tokens: Tokens, more: dict[str, str], status: int, says: str
) -> None:
    await tokens.add("taken", [Scope.CALLS_READ], by="admin")
    async with admin.post("/tokens", data={**FORM, **more}) as answer:
        text = await answer.text()
        assert answer.status == status
    assert says in text and shown(text) == []
    assert "<b>x</b>" not in text
    ticked = re.findall(r'name="scope:([a-z:]+)" value="1" checked', text)
    assert ticked == ([] if more.get("scope:calls:read") == "" else ["calls:read", "calls:write"])
    assert [token.name for token in await tokens.list_tokens()] == ["taken"]


async def test_another_secret_is_made_once_however_often_the_form_is_sent(
    admin: aiohttp.ClientSession, tokens: Tokens, office: Office
) -> None:
    old = (await tokens.add("crm", [Scope.CALLS_READ], by="admin")).secret
    form = {"number": "1", "overlap": "1h"}
    async with admin.post("/tokens/crm/rotate", data=form) as answer:
        text = await answer.text()
        [new] = shown(text)
        assert answer.status == 200 and "an older secret ends" in text and "and was never used" in text
    async with admin.post("/tokens/crm/rotate", data=form) as answer:
        text = await answer.text()
        assert (answer.status, shown(text)) == (409, []) and "rotated meanwhile" in text
    await tokens.find(old)
    assert "and was used" in await (await admin.get("/tokens")).text()
    office.clock.advance(3600)
    assert await tokens.find(old) is None and await tokens.find(new) is not None
    assert "an older secret" not in await (await admin.get("/tokens")).text()


@pytest.mark.parametrize(
    ("form", "status", "says"),
    [
        pytest.param({"overlap": "1h"}, 409, "rotated meanwhile", id="no number"),
        pytest.param({"number": "٣", "overlap": "1h"}, 409, "rotated meanwhile", id="another alphabet's number"),
        pytest.param({"number": "1" * 5000}, 409, "rotated meanwhile", id="a long number"),
        pytest.param({"number": "1", "overlap": "soon"}, 400, "is no span of time", id="no span"),
        pytest.param({"number": "1", "overlap": "90d"}, 400, "30 days at most", id="a long overlap"),
    ],
)
async def test_what_is_no_rotation(
    admin: aiohttp.ClientSession, tokens: Tokens, form: dict[str, str], status: int, says: str
) -> None:
    issued = await tokens.add("crm", [Scope.CALLS_READ], by="admin")
    async with admin.post("/tokens/crm/rotate", data=form) as answer:
        assert answer.status == status and says in await answer.text()
    [token] = await tokens.list_tokens()
    assert token.secrets == issued.token.secrets


async def test_an_expired_one_says_so_and_offers_a_new_end(
    admin: aiohttp.ClientSession, tokens: Tokens, office: Office
) -> None:
    await tokens.add("crm", [Scope.CALLS_READ], by="admin", expires=timedelta(hours=1))
    office.clock.advance(40_000)
    text = await (await admin.get("/tokens")).text()
    assert "Expired" in text and "as before" not in text
    async with admin.post("/tokens/crm/rotate", data={"number": "1", "overlap": "0"}) as answer:
        assert answer.status == 400 and "The token has expired" in await answer.text()
    async with admin.post("/tokens/crm/rotate", data={"number": "1", "overlap": "0", "expires": "90d"}) as answer:
        assert answer.status == 200
    assert "Expired" not in await (await admin.get("/tokens")).text()


async def test_one_is_removed(admin: aiohttp.ClientSession, tokens: Tokens) -> None:
    issued = await tokens.add("crm", [Scope.CALLS_READ], by="admin")
    async with admin.post("/tokens/crm/remove", allow_redirects=False) as answer:
        assert (answer.status, answer.headers["Location"]) == (303, "/tokens")
    assert await tokens.find(issued.secret) is None
    for deed in ("remove", "rotate"):
        async with admin.post(f"/tokens/crm/{deed}", data={"number": "1"}) as answer:
            assert answer.status == 404
