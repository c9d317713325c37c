"""JSON: the names and values that programs are written against."""

from __future__ import annotations

import json
from datetime import timedelta, timezone

from hypothesis import given
from hypothesis import strategies as st

from reports.forms.as_json import json_of
from reports.period import Period
from reports.selection import selection_of
from tests.reports.forms import samples

FOUND = json_of(samples.FULL)


def test_the_head_of_a_report_is_stable() -> None:
    assert {name: FOUND[name] for name in ("report", "title", "made_at", "asked")} == {
        "report": "day",
        "title": "Day report",
        "made_at": "2026-11-25T08:30:00+02:00",
        "asked": {"interval": "60 min"},
    }
    assert FOUND["period"] == {
        "from": "2026-11-24T00:00:00+02:00",
        "to": "2026-11-25T00:00:00+02:00",
        "first_day": "2026-11-24",
        "last_day": "2026-11-24",
        "timezone": "Europe/Vilnius",
    }
    assert FOUND["warnings"] == list(samples.FULL.warnings)
    assert FOUND["notes"] == list(samples.FULL.notes)
    assert FOUND["rule"] == samples.FULL.rule


def test_a_figure_says_value_unit_definition_and_its_calls() -> None:
    offered = FOUND["figures"]["offered"]
    assert offered["value"] == 157
    assert offered["unit"] == "count"
    assert selection_of(offered["calls"], {"offered"}) == samples.calls()
    assert offered["definition"] in FOUND["definitions"]
    assert FOUND["figures"]["average_wait_s"]["value"] == 20.125
    assert FOUND["figures"]["callbacks"] == {
        "value": None, "unit": "count", "title": "Called back", "about": "imported calls do not tell", "unknown": True,
    }  # fmt: skip
    assert FOUND["figures"]["answered"]["unsure"] is True


def test_definitions_leave_out_what_is_not_said() -> None:
    assert set(FOUND["definitions"]["offered"]) == {"title", "definition", "formula", "unit", "exclusions", "source"}


def test_charts_maps_and_flows_have_their_own_form() -> None:
    parts = {part["name"]: part for part in FOUND["parts"]}
    assert parts["intervals"]["series"][0]["values"][10] == 17.0
    assert parts["intervals"]["calls"][10]["hour"] == "10"
    assert parts["hours"]["cells"][2][12] == {"value": None, "unknown": True}
    assert parts["hours"]["cells"][0][10]["value"] == 30
    assert parts["paths"]["edges"][0]["by"] == "1"
    assert [part["kind"] for part in FOUND["parts"]] == ["table", "chart", "heat", "chart", "chart", "flow", "table"]


@given(st.text())
def test_it_is_json_whatever_is_written(text: str) -> None:
    assert json.loads(json.dumps(json_of(samples.spelled(text))))["title"] == text


def test_the_zone_of_a_period_is_the_zone_of_its_moments() -> None:
    assert isinstance(samples.DAY, Period)
    assert samples.MADE.astimezone(timezone(timedelta(hours=2))).isoformat() == FOUND["made_at"]
