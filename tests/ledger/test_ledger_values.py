"""Small values: clock, ids, errors, what is storable."""

import inspect
import json
from datetime import UTC, datetime, timedelta, timezone
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from ledger import errors
from ledger.clock import Clock, ManualClock, SystemClock
from ledger.entry import Entry, from_line, storable, to_line
from ledger.ids import new_id
from ledger.storable import storable_json, storable_text


@pytest.mark.parametrize("clock", [SystemClock(), ManualClock()], ids=["system", "manual"])
def test_clocks_keep_the_promise(clock: Clock) -> None:
    assert clock.now().utcoffset() == timedelta(0)
    first = clock.monotonic()
    assert clock.monotonic() >= first


def test_a_manual_clock_moves_only_when_told() -> None:
    clock = ManualClock(datetime(2026, 3, 29, 3, tzinfo=timezone(timedelta(hours=3))))
    assert clock.now() == datetime(2026, 3, 29, 0, tzinfo=UTC)
    clock.advance(1.5)
    assert clock.now() == datetime(2026, 3, 29, 0, 0, 1, 500_000, tzinfo=UTC)
    assert clock.monotonic() == 1.5
    with pytest.raises(ValueError, match="back"):
        clock.advance(-1)
    with pytest.raises(ValueError, match="aware"):
        ManualClock(datetime(2026, 1, 1))  # noqa: DTZ001 - the point of it


def test_ids_are_version_7_and_differ() -> None:
    ids = [new_id() for _ in range(1_000)]
    assert len(set(ids)) == 1_000
    assert {each[14] for each in ids} == {"7"}
    assert [each[:8] for each in ids] == sorted(each[:8] for each in ids)


def test_every_error_says_its_docstring_and_stands_in_the_tree() -> None:
    classes = [each for _name, each in inspect.getmembers(errors, inspect.isclass)]
    for each in classes:
        assert issubclass(each, errors.LedgerError)
        assert each.__name__ in (errors.__doc__ or "")
    assert str(errors.NotStored()) == "The entry is not on any disk."
    assert str(errors.NotStored("why")) == "The entry is not on any disk: why"


ANY_TEXT = st.text(st.characters(exclude_categories=()))  # lone surrogates too
ANY_JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.floats(allow_nan=False, allow_infinity=False) | ANY_TEXT,
    lambda inner: st.lists(inner) | st.dictionaries(ANY_TEXT, inner),
    max_leaves=10,
)


@given(st.dictionaries(ANY_TEXT, ANY_JSON))
def test_storable_json_fits_every_database_and_changes_nothing_else(data: dict[str, Any]) -> None:
    clean = storable_json(data, 1_000_000)
    written = json.dumps(clean, ensure_ascii=False)
    written.encode()
    assert storable_json(clean, 1_000_000) == clean
    as_text = json.dumps(data, ensure_ascii=False)
    if storable_text(as_text) == as_text and "\\u0000" not in as_text:
        assert clean == data


@given(data=st.dictionaries(ANY_TEXT, ANY_JSON), call=st.none() | ANY_TEXT.filter(lambda text: len(text) < 200))
def test_an_emergency_line_is_read_as_it_was_written(data: dict[str, Any], call: str | None) -> None:
    entry = storable(Entry(kind="K", at=datetime(2026, 1, 1, tzinfo=UTC), call=call, data=data))
    line = to_line(entry)
    assert line.count(b"\n") == 1
    assert from_line(line) == entry


@pytest.mark.parametrize("line", [b"", b"\n", b"{}\n", b"[]\n", b'{"id": "a", "ki', b'{"at": 1}\n', b"\xff\n"])
def test_a_damaged_line_is_a_value_error(line: bytes) -> None:
    with pytest.raises(ValueError):
        from_line(line)
