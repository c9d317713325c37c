"""Which sender tells a receiver, by what the site says it is."""

from __future__ import annotations

import ssl
from collections.abc import Mapping

from aiohttp.abc import AbstractResolver

from config.connectors import Connector
from config.schema import Person
from crm_bridge.connectors import rest, webhook, zammad
from crm_bridge.connectors.rest import RestSender
from crm_bridge.connectors.webhook import WebhookSender
from crm_bridge.connectors.wire import Wire
from crm_bridge.connectors.zammad import ZammadSender
from ledger.clock import Clock

AnySender = WebhookSender | ZammadSender | RestSender
_WHO = {"webhook": webhook.WHO, "zammad": zammad.WHO, "rest": rest.WHO}


def make_wire(connector: Connector, tls: ssl.SSLContext | None, resolver: AbstractResolver | None) -> Wire:
    """Make the connections to a receiver; to be closed."""
    # A look-up of a CRM asks in several places at once, and must not stand behind the calls that are entered.
    at_once = connector.at_once * (4 if connector.rest is not None else 1)
    return Wire(
        _WHO[connector.kind],
        internal=connector.internal,
        seconds=connector.timeout,
        at_once=at_once,
        tls=tls,
        resolver=resolver,
    )


def make_sender(name: str, connector: Connector, wire: Wire, people: Mapping[str, Person], clock: Clock) -> AnySender:
    """Make who tells a receiver; blocks for the moment that a small file of ours takes."""
    if connector.webhook is not None:
        return WebhookSender(connector.webhook, wire, clock)
    if connector.zammad is not None:
        return ZammadSender(connector.zammad, wire, people, clock)
    assert connector.rest is not None
    return RestSender(name, connector.rest, wire, clock)
