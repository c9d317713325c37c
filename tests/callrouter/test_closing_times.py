"""Times that people write or key in: what they mean, also in the nights in which clocks are changed."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from callrouter.closing_times import keyed_moment, moment_of

BERLIN = ZoneInfo("Europe/Berlin")


def at(written: str, zone: ZoneInfo = BERLIN) -> datetime:
    """Read a moment: in UTC where it ends in Z."""
    found = datetime.fromisoformat(written)
    return found if found.tzinfo else found.replace(tzinfo=zone)


@pytest.mark.parametrize(
    ("wall", "now", "moment"),
    [
        pytest.param("2026-11-20T18:00", "2026-11-20T10:00Z", "2026-11-20T17:00Z", id="any day"),
        pytest.param("2026-03-29T02:30", "2026-03-28T20:00Z", "2026-03-29T01:30Z", id="skipped: an hour later"),
        pytest.param("2026-10-25T02:30", "2026-10-24T20:00Z", "2026-10-25T00:30Z", id="twice: the first"),
        pytest.param("2026-10-25T02:30", "2026-10-25T00:40Z", "2026-10-25T01:30Z", id="twice, the first is over"),
        pytest.param("2026-10-25T02:30", "2026-10-25T02:00Z", "2026-10-25T00:30Z", id="both are over"),
        pytest.param("2026-10-25T03:00", "2026-10-24T20:00Z", "2026-10-25T02:00Z", id="behind the hour that is twice"),
    ],
)
def test_what_a_clock_on_the_wall_means(wall: str, now: str, moment: str) -> None:
    found = moment_of(datetime.fromisoformat(wall), BERLIN, at(now))
    assert found.astimezone(UTC) == at(moment)


@pytest.mark.parametrize(
    ("keys", "now", "shown"),
    [
        pytest.param("1830", "2026-11-20T10:00", "2026-11-20T18:30", id="today"),
        pytest.param("0730", "2026-11-20T22:00", "2026-11-21T07:30", id="tomorrow: today it has been"),
        pytest.param("1000", "2026-11-20T10:00", "2026-11-21T10:00", id="this very minute is tomorrow's"),
        pytest.param("0000", "2026-12-31T23:00", "2027-01-01T00:00", id="midnight of the new year"),
        pytest.param("24121200", "2026-11-30T10:00", "2026-12-24T12:00", id="another day"),
        pytest.param("02010800", "2026-12-20T10:00", "2027-01-02T08:00", id="a day of next year"),
        pytest.param("29020900", "2028-02-10T10:00", "2028-02-29T09:00", id="a leap day"),
        pytest.param("0230", "2026-03-28T22:00", "2026-03-29T03:30", id="clocks put on: 02:30 never comes"),
        pytest.param("0230", "2026-10-24T22:00", "2026-10-25T02:30", id="clocks put back"),
    ],
)
def test_keys_mean_the_next_such_time(keys: str, now: str, shown: str) -> None:
    found = keyed_moment(keys, BERLIN, at(now))
    assert found is not None
    assert f"{found.astimezone(UTC).astimezone(BERLIN):%Y-%m-%dT%H:%M}" == shown


@pytest.mark.parametrize(
    "keys",
    [
        "", "9", "123", "12345", "1234567", "2400", "1260", "31041200", "00011200", "12131200", "29020900", "12*4",
        "١٢٣٤",
    ],
)  # fmt: skip
def test_what_is_no_time_means_nothing(keys: str) -> None:
    assert keyed_moment(keys, BERLIN, at("2026-02-10T10:00")) is None


@pytest.mark.parametrize(
    ("keys", "is_near"),
    [("21121000", True), ("21121001", False), ("19110900", False)],
    ids=["31 days", "a minute more", "yesterday: next year"],
)
def test_nobody_closes_for_longer_than_31_days(keys: str, is_near: bool) -> None:
    assert (keyed_moment(keys, BERLIN, at("2026-11-20T10:00")) is not None) is is_near
