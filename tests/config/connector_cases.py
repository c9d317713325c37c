"""The rules of connectors: sites that break each, and sites that keep it."""

from __future__ import annotations

from tests.config.config_sites import spoiled
from tests.config.test_config_rules import Case

#: The environment of the sites that keep the rules.
ENV = {"SECRET": "correct horse", "ZAMMAD": "https://desk.acme.example/api/v1/cti/t0k3n"}
URL = "https://crm.acme.example/hooks/t0k3n"


def connectors(*entries: str) -> tuple[str, str]:
    """Return the edit that adds connectors to the good site."""
    return "\nmail: {", f"\nconnectors:\n{''.join(f'  {entry}' + chr(10) for entry in entries)}\nmail: {{"


def hook(more: str = "", url: str = URL, beside: str = "") -> str:
    """Return a web-hook; `more` says more of it, `beside` of the connector."""
    return f"ours: {{webhook: {{url: '{url}'{more}}}{beside}}}"


def zammad(more: str = "", url: str = "${ENV:ZAMMAD}") -> str:
    return f"desk: {{zammad: {{url: '{url}'{more}}}}}"


def crm(description: str, url: str = URL, more: str = "") -> str:
    return f"crm: {{rest: {{url: '{url}', description: {{{description}}}{more}}}}}"


def _case(rule: str, name: str, bad: str, good: str) -> Case:
    files: list[dict[str, str | bytes]] = [{"site.yaml": spoiled(connectors(entry))} for entry in (bad, good)]
    return Case(rule, files[0], files[1], f"connector-{name}", ENV)


LOOKUP = "lookup: [{path: people}]"
JOURNAL = "journal_call: {path: calls}"
NO_TEXT = "template: {text: '{{ data.n }}'}"

CONNECTOR_CASES = [
    _case("E203", "not-a-part", "ours: §yes", hook()),
    _case("E204", "address", hook(url="§ftp://acme.example").replace("'§", "§'"), hook()),
    _case("E204", "alarm", hook(beside=", alarm: §1s"), hook(beside=", alarm: 1m")),
    _case("E204", "secret", hook(", secret: §hunter"), hook(", secret: '${ENV:SECRET}'")),
    _case("E205", "two-kinds", f"§ours: {{webhook: {{url: '{URL}'}}, zammad: {{url: '{URL}'}}}}", hook()),
    _case("E326", "no-port", hook(url="https://crm:0/x").replace("url: ", "url: §"), hook(url="https://crm.lt:1/x")),
    *(
        _case(
            "E327",
            name,
            hook(url=f"http://{machine}/x").replace("url: ", "§url: "),
            hook(url=f"http://{machine}/x", beside=", internal: true"),
        )
        for name, machine in {
            "loopback": "127.0.0.1:8080",
            "localhost": "LocalHost",
            "private": "192.168.1.7",
            "ipv6": "[::1]:80",
            "mapped": "[::ffff:10.0.0.1]",
            "metadata": "169.254.169.254",
            "short": "crm",
            "lan": "crm.office.lan",
        }.items()
    ),
    _case("E327", "zammad", zammad(url="http://10.0.0.7/t").replace("url: ", "§url: "), zammad()),
    *(
        _case("E328", name, hook(f", template: {bad}"), hook(f", {NO_TEXT}"))
        for name, bad in {
            "not-closed": "§'{{ data.n '",
            "unknown-filter": "{text: §'{{ id|attr(0) }}'}",
            "python": "{text: [1, §\"{{ ''.__class__.__mro__ }}\"]}",
            "call": "{in: {text: §'{{ range(9) }}'}}",
            "macro": "{text: §'{% macro a() %}{% endmacro %}'}",
        }.items()
    ),
    _case("E328", "path", crm("lookup: [{path: §'people/{% import os %}'}]"), crm(LOOKUP)),
    _case("E328", "query", crm("lookup: [{path: a, query: {number: §'{{ number'}}]"), crm(LOOKUP)),
    _case("E328", "body", crm("journal_call: {path: a, body: {to: [§'{{ x( }}']}}"), crm(JOURNAL)),
    _case("E328", "unless", crm("journal_call: {path: a, unless: {path: §'{{'}}"), crm(JOURNAL)),
    _case("E328", "create", crm(f"{LOOKUP}, create_contact: {{path: §'{{{{'}}"), crm(LOOKUP)),
    _case("E329", "misspelt", hook(", events: [call_ended, §call_edned]"), hook(", events: [call_ended, '*_ended']")),
    _case("E329", "pattern", hook(", events: [§'calls_*']"), hook(", events: ['**']")),
    _case("E330", "nobody", zammad(", users: {ann: '7', §anne: '8'}", URL), zammad(", users: {ann: '7', bob: '8'}")),
    _case("E331", "empty", crm("content_type: text/x").replace("description: ", "§description: "), crm(LOOKUP)),
    _case("E331", "contacts-only", crm("create_contact: {path: a}").replace("desc", "§desc"), crm(JOURNAL)),
    _case("W425", "hook", hook(url="http://acme.example/x").replace("url: ", "§url: "), hook()),
    _case(
        "W425",
        "token",
        crm(LOOKUP, more=", auth: {oauth2: {§path: 'http://acme.lt/t', client_id: x, client_secret: y}}"),
        crm(LOOKUP, more=", auth: {oauth2: {path: 'https://acme.lt/t', client_id: x, client_secret: '${ENV:SECRET}'}}"),
    ),
    _case("W426", "hook", hook(", §secret: correct horse"), hook(", secret: '${ENV:SECRET}'")),
    _case("W426", "zammad", zammad(url=URL).replace("url: ", "§url: "), zammad()),
    *(
        _case("W426", name, crm(LOOKUP, more=f", auth: {bad}"), crm(LOOKUP, more=f", auth: {good}"))
        for name, bad, good in (
            ("bearer", "{§bearer: abc}", "{bearer: '${ENV:SECRET}'}"),
            ("basic", "{basic: {user: a, §password: b}}", "{basic: {user: a, password: '${ENV:SECRET}'}}"),
            ("header", "{header: {name: X-K, §value: b}}", "{header: {name: X-K, value: 'Key ${ENV:SECRET}'}}"),
            ("oauth2", "{oauth2: {client_id: a, §client_secret: b}}", "{bearer: '${ENV:SECRET}'}"),
        )
    ),
]
