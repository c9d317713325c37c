"""Forms that are long, and forms that are sent after the login ended: nothing that somebody wrote is lost to them."""

from __future__ import annotations

from io import BytesIO
from urllib.parse import urlencode

import pytest

from config.edit.files import digest_of
from config.reading.source import LARGEST_FILE
from server.studio.editor.text_pages import LARGEST_FORM
from tests.server.web.conftest import Browser
from tests.server.web.office import Office
from tests.server.web.publishing import DRAFT, Bureau

FILE = "/site/edit/file/site.yaml"
LINE = "# žodžiai, kurių niekas negirdi\n"


@pytest.fixture
def office(bureau: Bureau) -> Office:
    return bureau.office


def form(**fields: str) -> dict[str, object]:
    """Return a form as it is sent, however long it is."""
    return {
        "data": BytesIO(urlencode(fields).encode()),
        "headers": {"Content-Type": "application/x-www-form-urlencoded"},
    }


async def test_a_file_is_saved_up_to_what_a_site_may_have_and_no_further(bureau: Bureau, browser: Browser) -> None:
    admin, digest = await browser("admin"), digest_of(DRAFT.encode())
    largest = DRAFT + LINE * ((LARGEST_FILE - len(DRAFT.encode())) // len(LINE.encode()))
    too_large = largest + LINE * 2
    async with admin.post(FILE, **form(text=too_large, digest=digest)) as answer:
        page = await answer.text()
        assert (answer.status, "Not saved: this is larger than 1 MiB." in page, page.count(LINE)) == (
            413, True, too_large.count(LINE),
        )  # fmt: skip
    async with admin.post(FILE, **form(text="x" * LARGEST_FORM, digest=digest)) as answer:
        assert answer.status == 413 and "your browser still has what you wrote" in await answer.text()
    assert (bureau.draft / "site.yaml").read_text() == DRAFT
    async with admin.post(FILE, **form(text=largest, digest=digest), allow_redirects=False) as answer:
        assert answer.status == 303, await answer.text()
    assert (bureau.draft / "site.yaml").read_text() == largest


async def test_a_form_that_is_sent_without_a_login_can_be_sent_again(browser: Browser) -> None:
    nobody = await browser()
    async with nobody.post("/site/hours", data={"text": "all that I wrote"}) as answer:
        assert answer.status == 401
        assert "in another tab, then reload this page: it sends again what you wrote" in await answer.text()
