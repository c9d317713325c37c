"""Numbers of a file as the site has them, and callers of the house, who are no customers."""

from __future__ import annotations

from dataclasses import replace

import pytest

from reports.imports.formats import Options, format_of
from reports.imports.model import Kind
from reports.imports.queue_log import INSIDE
from tests.reports.imports.files import FROM_TRUNK, ZONE, T, call, cdr_row
from tests.reports.imports.test_imports_cel import CAME_IN

LITHUANIA = replace(FROM_TRUNK, country="LT")
NUMBERS = [
    pytest.param("+37061234567", "+37061234567", id="in full"),
    pytest.param("861234567", "+37061234567", id="as dialled within the country, of old"),
    pytest.param("061234567", "+37061234567", id="as dialled within the country"),
    pytest.param("37061234567", "+37061234567", id="without its plus"),
    pytest.param("4930123456", "+4930123456", id="of another country, without its plus"),
    pytest.param("anonymous", "", id="anonymous"),
    pytest.param("Unknown", "", id="unknown"),
    pytest.param("unavailable", "", id="unavailable"),
    pytest.param("00", "", id="zeros"),
    pytest.param("+266696687", "", id="anonymous, on the keys of a phone"),
]


def lines_of(kind: Kind, said: str) -> list[str]:
    match kind:
        case Kind.QUEUE_LOG:
            return [line.replace("+37060000000", said) for line in call(0)]
        case Kind.CDR:
            return [cdr_row(0).replace("+37060000000", said).replace("+37052000000", "852000000")]
        case Kind.CEL:
            return [CAME_IN.replace("+37060000001", said)]


@pytest.mark.parametrize("kind", list(Kind))
@pytest.mark.parametrize(("said", "number"), NUMBERS)
def test_a_callers_number_is_that_of_a_call_that_comes_to_us(kind: Kind, said: str, number: str) -> None:
    format = format_of(kind, LITHUANIA)
    lines = lines_of(kind, said)
    format.begin(lines)
    kept = [parsed.entry.text for n, line in enumerate(lines) if (parsed := format.parse(n + 1, line)).entry]
    record = format.record("c1", kind, kept)
    assert record is not None
    assert record.ani == number
    if kind is Kind.CDR:
        assert record.did == "+37052000000"


def test_without_a_country_numbers_stay_as_they_are_and_withheld_ones_go() -> None:
    format = format_of(Kind.QUEUE_LOG, Options())
    for said, number in (("861234567", "861234567"), ("anonymous", "")):
        record = format.record("c1", "queue_log", lines_of(Kind.QUEUE_LOG, said))
        assert record is not None
        assert record.ani == number


#: Alice, with a customer, asks sales before she passes the customer on: her phone joins that queue by itself.
CONSULTATION = [
    f"{T}|{T}.1|support|NONE|ENTERQUEUE||+37060000001|1",
    f"{T + 10}|{T}.1|support|alice|CONNECT|10|{T + 5}.9|3",
    f"{T + 30}|{T + 30}.5|sales|NONE|ENTERQUEUE||101|1",
    f"{T + 35}|{T + 30}.5|sales|bob|CONNECT|5|{T + 31}.8|3",
    f"{T + 50}|{T}.1|support|alice|ATTENDEDTRANSFER|BRIDGE|aaaa|10|40|1",
    f"{T + 90}|{T + 30}.5|sales|bob|COMPLETECALLER|5|55|1",
]


@pytest.mark.parametrize(
    ("options", "callers"),
    [
        pytest.param(Options(ZONE), ["+37060000001"], id="no second customer"),
        pytest.param(Options(ZONE, inside=True), ["+37060000001", "101"], id="callers of the house count"),
    ],
)
def test_a_consultation(options: Options, callers: list[str]) -> None:
    format = format_of(Kind.QUEUE_LOG, options)
    parsed = [format.parse(number, line) for number, line in enumerate(CONSULTATION, 1)]
    calls: dict[str, list[str]] = {}
    for entry in (one.entry for one in parsed if one.entry):
        calls.setdefault(entry.key, []).append(entry.text)
    found = [format.record(key, "queue_log", kept) for key, kept in calls.items()]
    assert [record.ani for record in found if record is not None] == callers
    assert [one.aside for one in parsed if one.aside] == ([] if options.inside else [INSIDE])
