"""Rules about telephone numbers: they can be read, stand once, and name no more than was meant.

Knows nothing of where they lead.
"""

from __future__ import annotations

from collections.abc import Iterator

import phonenumbers

from config.findings import Finding, quoted
from config.reading.tree import Step
from config.rules.scope import Scope
from config.values import e164

#: Police, fire and ambulance in Europe, Germany, North America, and Britain with much of Asia and Africa.
_FOR_HELP = frozenset({"110", "112", "911", "999"})
#: North America, and Russia with Kazakhstan; every other code of one digit stands for a dozen countries and more.
_COUNTRIES_OF_ONE_DIGIT = frozenset({"+1", "+7"})


def unknown_country(scope: Scope) -> Iterator[Finding]:
    """E316: the company's country has a way of writing numbers."""
    country = scope.site.company.country
    if country not in phonenumbers.SUPPORTED_REGIONS:
        path = ("company", "country")
        yield from scope.finding("E316", path, f"no country {quoted(country)}", "write one such as LT or GB")


def emergency_extensions(scope: Scope) -> Iterator[Finding]:
    """W411: nobody's phone has the number that people dial for help."""
    for name, person in scope.site.people.items():
        if person.phone in _FOR_HELP:
            message = f"who dials {person.phone} for help reaches {quoted(name)}"
            yield from scope.finding("W411", ("people", name, "phone"), message, "give the person another extension")


def wide_prefixes(scope: Scope) -> Iterator[Finding]:
    """W418: numbers that we may call do not begin with the code of half a continent."""
    for index, prefix in enumerate(scope.site.outbound.prefixes):
        if len(prefix) == len("+9") and prefix not in _COUNTRIES_OF_ONE_DIGIT:
            path = ("outbound", "prefixes", index)
            message = f"{quoted(prefix)} is the beginning of many countries' numbers, dear ones too"
            yield from scope.finding("W418", path, message, "write the codes of the countries that are called")


def unreadable_numbers(scope: Scope) -> Iterator[Finding]:
    """E306, E307: numbers are telephone numbers, each written once."""
    mend = "write it with its country code, such as +370 5 200 0000"
    shown: list[tuple[tuple[Step, ...], str | None]] = [(("outbound", "caller_id"), scope.site.outbound.caller_id)]
    shown += [(("faxboxes", name, "number"), faxbox.number) for name, faxbox in scope.site.faxboxes.items()]
    for path, ours in shown:
        if ours is not None and e164(ours, scope.site.company.country) is None:
            yield from scope.finding("E306", path, f"{quoted(ours)} is no telephone number", mend)
    first: dict[str, str] = {}
    for written in scope.site.numbers:
        number = e164(written, scope.site.company.country)
        if number is None:
            message = f"{quoted(written)} is no telephone number"
            yield from scope.finding_at_key("E306", ("numbers", written), message, mend)
        elif number in first:
            place = scope.key("numbers", first[number])
            message = f"this is the number written as {quoted(first[number])} in {place}"
            yield from scope.finding_at_key("E307", ("numbers", written), message, "delete one of them")
        else:
            first[number] = written
