"""The reference of the site names every key of the schema, where it belongs, and its examples can be used."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any, get_args

import pytest
from pydantic import BaseModel

from callrouter.feature_codes import CODES
from config import by_phone, connectors, customers, faxes, machine, mailboxes, reporting, schema, site_tests, values
from config.load import load_site
from config.reading.source import read_source
from config.reading.tree import plain
from config.reading.yaml_text import parse
from config.schema import Site
from ivr.phrases import PHRASES

PAGE = Path(__file__).resolve().parents[1] / "docs" / "site.md"
TEXT = PAGE.read_text()
#: The page by its headings of the second level, without blocks of code.
SECTIONS = {
    part.partition("\n")[0]: part for part in re.split(r"^## ", re.sub(r"```.*?```", "", TEXT, flags=re.S), flags=re.M)
}
SITES, SNIPPETS = (re.findall(rf"```yaml{mark}\n(.*?)```", TEXT, re.S) for mark in (" site", ""))

#: What the examples take from the environment.
ENVIRONMENT = {
    "ALICE_PIN": "4711",
    "CRM_ID": "ours in the CRM",
    "CRM_SECRET": "of the CRM",
    "CRM_TOKEN": "of the CRM",
    "DB_PASSWORD": "of the database",
    "FAX_PASSWORD": "of the mailbox",
    "FAX_SECRET": "of the web-hook",
    "HOOK_SECRET": "of the web-hook",
    "HOOK_URL": "https://hooks.acme.example/a-token",
    "MAIL_PASSWORD": "of the mail server",
    "ZAMMAD_URL": "http://zammad.acme.example/api/v1/cti/a-token",
}

#: In which section the keys of a part are explained. A new part of the schema needs a line here.
PLACES: dict[type[BaseModel], str] = {
    schema.Site: "The whole",
    values.Prompt: "How things are written",
    values.Destination: "How things are written",
    schema.Company: "company",
    reporting.Reporting: "reports",
    reporting.ServiceLevel: "reports",
    reporting.Schedule: "reports",
    schema.Number: "numbers",
    schema.Menu: "menus",
    schema.Choice: "menus",
    schema.Fault: "menus",
    schema.Closed: "menus",
    schema.Wait: "menus",
    schema.Collect: "menus",
    schema.Department: "departments",
    schema.Overflow: "departments",
    schema.Full: "departments",
    schema.Relax: "departments",
    schema.Person: "people",
    schema.Hours: "hours",
    mailboxes.Mailbox: "mailboxes",
    mailboxes.Greeting: "mailboxes",
    mailboxes.ClosedGreeting: "mailboxes",
    faxes.FaxBox: "faxboxes",
    faxes.Receiver: "faxboxes",
    faxes.FaxSettings: "fax",
    faxes.Again: "fax",
    faxes.FaxByMail: "fax",
    customers.CustomerSettings: "customers",
    customers.Stage: "customers",
    customers.OwnField: "customers",
    connectors.Connector: "connectors",
    connectors.Webhook: "connectors",
    connectors.Zammad: "connectors",
    connectors.Rest: "connectors",
    connectors.Auth: "connectors",
    connectors.Basic: "connectors",
    connectors.Header: "connectors",
    connectors.OAuth2: "connectors",
    connectors.RestDescription: "connectors",
    connectors.Request: "connectors",
    connectors.Lookup: "connectors",
    connectors.Create: "connectors",
    connectors.JournalCall: "connectors",
    connectors.Unless: "connectors",
    mailboxes.MailServer: "mail",
    mailboxes.Speech: "speech",
    mailboxes.Outbound: "outbound",
    schema.Voices: "voices",
    machine.Emergency: "emergency",
    site_tests.SiteTest: "tests",
    site_tests.TestedCall: "tests",
    site_tests.Expectation: "tests",
    by_phone.ByPhone: "by_phone",
    by_phone.Right: "by_phone",
    machine.Pbx: "pbx",
    machine.Web: "web",
}


def _models(of: Any) -> Iterator[type[BaseModel]]:  # Any: an annotation may be any type expression
    if isinstance(of, type) and issubclass(of, BaseModel):
        yield of
        for field in of.model_fields.values():
            yield from _models(field.annotation)
    for argument in get_args(of):
        yield from _models(argument)


KEYS = [
    (model, field.alias or name) for model in dict.fromkeys(_models(Site)) for name, field in model.model_fields.items()
]


def _named(section: str) -> set[str]:
    """Return the words within backticks."""
    return {word for code in re.findall(r"`([^`\n]+)`", section) for word in re.findall(r"[a-z_][a-z0-9_]*", code)}


@pytest.mark.parametrize(("model", "key"), KEYS, ids=lambda value: value if isinstance(value, str) else value.__name__)
def test_every_key_is_explained_in_its_section(model: type[BaseModel], key: str) -> None:
    assert key in _named(SECTIONS[PLACES[model]])


@pytest.mark.parametrize("name", sorted(PHRASES))
def test_every_phrase_is_listed(name: str) -> None:
    assert f"`{name}`" in SECTIONS["phrases"]


@pytest.mark.parametrize("code", sorted(CODES))
def test_every_feature_code_is_listed(code: str) -> None:
    assert f"`{code}`" in SECTIONS["people"]


@pytest.mark.parametrize("text", SITES)
def test_whole_sites_have_no_findings(text: str, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(text)
    assert [str(finding) for finding in load_site(tmp_path).findings] == []


@pytest.mark.parametrize("text", SNIPPETS)
def test_every_other_example_fits_the_schema(text: str, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(text)
    source = read_source(tmp_path, ENVIRONMENT)
    assert source.findings == []
    Site.model_validate({"company": {"name": "Acme"}, "numbers": {}} | plain(source.root))


def test_there_are_examples() -> None:
    assert SITES
    used = {key for text in SNIPPETS for key in plain(parse(text.encode(), str(PAGE)).root)}
    assert set(SECTIONS) & set(Site.model_fields) <= used | {"company"}  # which stands in the whole site


def test_links_within_the_page_lead_to_headings() -> None:
    headings = {re.sub(r"[^a-z0-9_ -]", "", h.lower()).replace(" ", "-") for h in re.findall(r"^#+ (.*)$", TEXT, re.M)}
    assert set(re.findall(r"\]\(#([^)]+)\)", TEXT)) <= headings
