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
#: Codes by which countries are called, and those of no country: satellites, services that cost the caller.
_COUNTRY_CODES = frozenset(str(code) for code in phonenumbers.COUNTRY_CODE_TO_REGION_CODE)
_OF_NO_COUNTRY = frozenset(
    str(code) for code, regions in phonenumbers.COUNTRY_CODE_TO_REGION_CODE.items() if regions == ("001",)
)
#: Free to call, wherever they are.
_FREE = frozenset({"800"})


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
    """W418: numbers that we may call do not begin as those of many countries do, nor as those of none."""
    mend = "write the codes of the countries that are called"
    for index, prefix in enumerate(scope.site.outbound.prefixes):
        path, code = ("outbound", "prefixes", index), prefix.removeprefix("+")
        if code not in _COUNTRY_CODES and any(whole.startswith(code) for whole in _COUNTRY_CODES):
            message = f"{quoted(prefix)} is the beginning of many countries' numbers, dear ones too"
            yield from scope.finding("W418", path, message, mend)
        elif any(code.startswith(service) for service in _OF_NO_COUNTRY - _FREE):
            message = f"{quoted(prefix)} is no country: satellites and services are called so, at the caller's cost"
            yield from scope.finding("W418", path, message, mend)


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
