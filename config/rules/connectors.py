"""Rules about connectors: what is to leave can leave, reaches somebody, and is read by nobody else on the way.

Never shows an address or a secret: addresses may hold tokens.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from typing import Any

from config.addresses import is_outside, machine_of
from config.connectors import Connector, Request, matches
from config.event_names import EVENT_NAMES
from config.findings import Finding, nearest, quoted
from config.reading.tree import Scalar, Step, locate
from config.rules.scope import Scope
from config.templates import TemplateFault, Text, Value, in_address, in_json

Path = tuple[Step, ...]
#: Names that no name service of the internet knows.
_INNER = (".localhost", ".local", ".internal", ".lan", ".home.arpa", ".intern", ".corp")


def unusable_addresses(scope: Scope) -> Iterator[Finding]:
    """E326: a connector's address is on a machine, at a port that there can be."""
    for path, url in _addresses(scope):
        if machine_of(url) is None:
            message = "this address names no machine, or a port that there cannot be"
            yield from scope.finding("E326", path, message, "write such as https://crm.acme.example/hooks")


def refused_addresses(scope: Scope) -> Iterator[Finding]:
    """E327: what lies in our own network says `internal: true`."""
    for name, connector in scope.site.connectors.items():
        machine = None if connector.internal else machine_of(connector.url)
        if machine is not None and _is_inside(machine):
            path = ("connectors", name, connector.kind, "url")
            message = "this lies in your own network or on this machine, where nothing is sent unless you say so"
            yield from scope.finding_at_key("E327", path, message, "add `internal: true` if that is meant")


def unusable_templates(scope: Scope) -> Iterator[Finding]:
    """E328: templates can be read, and keep to what templates may do."""
    for path, read in _templates(scope):
        try:
            read()
        except TemplateFault as fault:
            yield from scope.finding("E328", path, str(fault), "mend the template; docs/site.md says what it may do")


def events_that_never_happen(scope: Scope) -> Iterator[Finding]:
    """E329: each pattern has an event."""
    for name, connector in scope.site.connectors.items():
        for index, pattern in enumerate(connector.webhook.events if connector.webhook is not None else ()):
            if not any(matches(pattern, kind) for kind in EVENT_NAMES):
                near = nearest(pattern, EVENT_NAMES)
                mend = f"did you mean {near}?" if near is not None else "docs/site.md lists the kinds of events"
                path = ("connectors", name, "webhook", "events", index)
                yield from scope.finding("E329", path, f"no event is called {quoted(pattern)}", mend)


def unknown_zammad_users(scope: Scope) -> Iterator[Finding]:
    """E330: whom Zammad knows by another name is a person of the site."""
    known = scope.names("people")
    for name, connector in scope.site.connectors.items():
        for person in connector.zammad.users if connector.zammad is not None else ():
            if person not in known:
                near = nearest(person, known)
                mend = f"did you mean {near}?" if near is not None else "write the name of one of `people:`"
                path = ("connectors", name, "zammad", "users", person)
                yield from scope.finding_at_key("E330", path, f"no person {quoted(person)}", mend)


def descriptions_of_nothing(scope: Scope) -> Iterator[Finding]:
    """E331: a description asks or tells something."""
    for name, connector in scope.site.connectors.items():
        rest = connector.rest
        if rest is None or rest.description is None:
            continue
        path = ("connectors", name, "rest", "description")
        if not rest.description.lookup and rest.description.journal_call is None:
            message = "the system is asked nothing and told nothing"
            yield from scope.finding_at_key("E331", path, message, "add `lookup:`, `journal_call:`, or both")


def connectors_in_the_open(scope: Scope) -> Iterator[Finding]:
    """W425: what goes to another network goes under TLS."""
    internal = {name for name, connector in scope.site.connectors.items() if connector.internal}
    for path, url in _addresses(scope):
        machine = machine_of(url) if url.lower().startswith("http:") else None
        if machine is not None and path[1] not in internal and not _is_inside(machine):
            message = (
                "callers' numbers, and whatever proves who we are, go there where everybody on the way can read it"
            )
            yield from scope.finding_at_key("W425", path, message, "write https://…")


def secrets_written_out(scope: Scope) -> Iterator[Finding]:
    """W426: secrets come from the environment."""
    for name, connector in scope.site.connectors.items():
        for inner in _secrets(connector):
            place = locate(scope.root, path := ("connectors", name, *inner))
            if place.path == path and isinstance(place.node, Scalar) and place.node.reference is None:
                message = "this secret stands in the site, where everybody who may read it sees it"
                yield from scope.finding_at_key("W426", path, message, 'write "${ENV:NAME}", and set the variable')


def _addresses(scope: Scope) -> Iterator[tuple[Path, str]]:
    for name, connector in scope.site.connectors.items():
        yield ("connectors", name, connector.kind, "url"), connector.url
        oauth2 = connector.rest.auth.oauth2 if connector.rest is not None and connector.rest.auth is not None else None
        if oauth2 is not None and "://" in oauth2.path:
            yield ("connectors", name, "rest", "auth", "oauth2", "path"), oauth2.path


def _secrets(connector: Connector) -> Iterator[Path]:
    if connector.webhook is not None and connector.webhook.secret is not None:
        yield "webhook", "secret"
    if connector.zammad is not None:
        yield "zammad", "url"  # its token is in it
    auth = connector.rest.auth if connector.rest is not None else None
    if auth is not None:
        for inner in (("bearer",), ("basic", "password"), ("header", "value"), ("oauth2", "client_secret")):
            yield "rest", "auth", *inner


def _templates(scope: Scope) -> Iterator[tuple[Path, Callable[[], object]]]:
    """Yield where each template stands, and what reads it."""
    for name, connector in scope.site.connectors.items():
        here: Path = ("connectors", name)
        template = None if connector.webhook is None else connector.webhook.template
        if isinstance(template, str):
            yield (*here, "webhook", "template"), _reading(lambda text: Text(text, in_json), template)
        elif template is not None:
            yield from _in_json(template, (*here, "webhook", "template"))
        description = None if connector.rest is None else connector.rest.description
        if description is None:
            continue
        here = (*here, "rest", "description")
        for index, lookup in enumerate(description.lookup):
            yield from _in_request(lookup, (*here, "lookup", index))
        if description.create_contact is not None:
            yield from _in_request(description.create_contact, (*here, "create_contact"))
        if (journal := description.journal_call) is not None:
            yield from _in_request(journal, (*here, "journal_call"))
            if journal.unless is not None:
                yield from _in_request(journal.unless, (*here, "journal_call", "unless"))


def _in_request(request: Request, here: Path) -> Iterator[tuple[Path, Callable[[], object]]]:
    yield (*here, "path"), _reading(lambda text: Text(text, in_address), request.path)
    for name, text in request.query.items():
        yield (*here, "query", name), _reading(Text, text)
    if request.body is not None:
        yield from _in_json(request.body, (*here, "body"))


def _in_json(value: Any, here: Path) -> Iterator[tuple[Path, Callable[[], object]]]:  # Any: whatever JSON can say
    match value:
        case dict():
            for key, inner in value.items():
                yield from _in_json(inner, (*here, key))
        case list():
            for index, inner in enumerate(value):
                yield from _in_json(inner, (*here, index))
        case str():
            yield here, _reading(Value, value)


def _reading(read: Callable[[str], object], text: str) -> Callable[[], object]:
    return lambda: read(text)


def _is_inside(machine: str) -> bool:
    """Tell whether a machine lies in a network of one's own, by its name alone: a check asks no name service."""
    name = machine.lower().rstrip(".")
    if ":" in name or name.replace(".", "").isdigit():
        return not is_outside(name)
    return "." not in name or name.endswith(_INNER)
