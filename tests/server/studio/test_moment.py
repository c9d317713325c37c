"""A moment by the clock on the wall: as it is written, also when that comes twice, or never."""

from __future__ import annotations

from datetime import UTC, datetime
from zoneinfo import ZoneInfo

import pytest

from config.schema import Site
from server.studio.trying.moment import NoMoment, read_moment, suggestions

VILNIUS = ZoneInfo("Europe/Vilnius")


@pytest.mark.parametrize(
    ("text", "at", "said", "second"),
    [
        pytest.param("2026-12-24T17:59", "2026-12-24T15:59+00:00", "", None, id="winter"),
        pytest.param("2026-07-01T09:00", "2026-07-01T06:00+00:00", "", None, id="summer"),
        pytest.param("2026-10-25T03:30", "2026-10-25T00:30+00:00", "comes twice", "2026-10-25T01:30+00:00", id="twice"),
        pytest.param("2026-10-25T03:30:00+02:00", "2026-10-25T01:30+00:00", "", None, id="the second of two"),
        pytest.param("2026-03-29T03:30", "2026-03-29T01:30+00:00", "never comes", None, id="never"),
        pytest.param("2026-12-24T17:59+00:00", "2026-12-24T17:59+00:00", "", None, id="with a zone"),
        pytest.param("2026-12-24", "2026-12-23T22:00+00:00", "", None, id="midnight"),
    ],
)
def test_what_is_written_is_a_moment(text: str, at: str, said: str, second: str | None) -> None:
    moment = read_moment(text, VILNIUS)
    assert moment.at.astimezone(UTC) == datetime.fromisoformat(at)
    assert (said in moment.remark) if said else not moment.remark
    assert (moment.second.astimezone(UTC).isoformat(timespec="minutes") if moment.second else None) == second


@pytest.mark.parametrize("text", ["", "noon", "2026-13-01T00:00", "1066-10-14T09:00", "9999-01-01T00:00", "1" * 500])
def test_what_is_no_moment_is_refused(text: str) -> None:
    with pytest.raises(NoMoment):
        read_moment(text, VILNIUS)


def site(**hours: object) -> Site:
    company = {"name": "A", "timezone": "Europe/Vilnius", "country": "LT"}
    return Site.model_validate({"company": company, "numbers": {}, "hours": {"office": {"open": [], **hours}}})


@pytest.mark.parametrize(
    ("now", "holidays", "written"),
    [
        pytest.param(
            "2026-11-20T09:30+00:00",
            "LT",
            ["2026-11-20T21:00", "2026-11-22T12:00", "2026-12-24T17:59", "2026-12-24T12:00"],
            id="a Friday",
        ),
        pytest.param(
            "2026-12-27T20:00+00:00",
            "DE",
            ["2026-12-28T21:00", "2026-12-27T12:00", "2027-12-24T17:59", "2027-01-01T12:00"],
            id="a Sunday night after Christmas, elsewhere",
        ),
    ],
)
def test_moments_worth_trying_are_the_next_of_each(now: str, holidays: str, written: list[str]) -> None:
    found = suggestions(site(holidays=holidays), datetime.fromisoformat(now))
    assert [one.written for one in found] == written


def test_a_site_without_hours_is_offered_its_countrys_holidays() -> None:
    bare = Site.model_validate({"company": {"name": "A", "country": "LT"}, "numbers": {}})
    assert suggestions(bare, datetime(2026, 11, 20, tzinfo=UTC))[-1].name.startswith("Kūčių diena")
