"""What is wrong with the templates of a site's connectors, before anything has happened that they should tell of."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from config.connectors import Connector, Rest
from crm_bridge.connectors.descriptions import description_of
from crm_bridge.connectors.rest_requests import Prepared
from crm_bridge.connectors.templates import TemplateFault, Text, Value, in_json


def template_faults(connector: Connector) -> Iterator[tuple[str, str]]:
    """Yield where a template lies, below the connector, and why it cannot be used."""
    for where, read in _templates(connector):
        try:
            read()
        except TemplateFault as fault:
            yield where, str(fault)


def _templates(connector: Connector) -> Iterator[tuple[str, Callable[[], object]]]:
    if connector.webhook is not None and (template := connector.webhook.template) is not None:
        yield "webhook.template", lambda: Text(template, in_json) if isinstance(template, str) else Value(template)
    if connector.rest is not None:
        yield from _requests(connector.rest)


def _requests(rest: Rest) -> Iterator[tuple[str, Callable[[], object]]]:
    description = description_of(rest)
    requests = [(f"lookup.{number}", lookup) for number, lookup in enumerate(description.lookup)]
    journal = description.journal_call
    others = {
        "create_contact": description.create_contact,
        "journal_call": journal,
        "journal_call.unless": None if journal is None else journal.unless,
    }
    for name, request in (*requests, *others.items()):
        if request is not None:
            yield f"rest.description.{name}", lambda request=request: Prepared(request)  # type: ignore[misc]  # bound now
