"""What somebody typed and what others wrote meanwhile, brought together; pure."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest

from crm_bridge.differences import diff
from crm_bridge.model import Details, Phone, Step
from crm_bridge.reconciling import reconcile

BEFORE = Details(
    "Ona", status="lead", tags=("a",), phones=(Phone("+37060000001"),), fields={"seats": 1, "size": "small"}
)
AT = datetime(2026, 11, 20, tzinfo=UTC)


def changed(*states: Details) -> list[Step]:
    """Return the steps from state to state."""
    pairs = pairwise(states)
    return [Step(AT + timedelta(minutes=n), "changed", "ann", "", diff(a, b)) for n, (a, b) in enumerate(pairs)]


@pytest.mark.parametrize(
    ("mine", "theirs", "expected", "taken", "clashing"),
    [
        pytest.param({}, {"name": "Rasa"}, {"name": "Rasa"}, ("name",), (), id="only theirs"),
        pytest.param({"name": "Rasa"}, {}, {"name": "Rasa"}, (), (), id="only mine"),
        pytest.param({"name": "Rasa"}, {"status": "customer"}, {"name": "Rasa", "status": "customer"}, ("status",), (),
                     id="each another field"),
        pytest.param({"name": "Rasa"}, {"name": "Asta"}, {"name": "Rasa"}, (), ("name",), id="both the same field"),
        pytest.param({"name": "Rasa"}, {"name": "Rasa"}, {"name": "Rasa"}, (), (), id="both the same thing"),
        pytest.param({}, {"tags": ()}, {"tags": ()}, ("tags",), (), id="theirs taken away"),
        pytest.param({}, {"phones": ()}, {"phones": ()}, ("phones",), (), id="a list of theirs"),
        pytest.param({"fields": {"seats": 2, "size": "small"}}, {"fields": {"seats": 1, "size": "large"}},
                     {"fields": {"seats": 2, "size": "large"}}, ("fields.size",), (), id="own fields one by one"),
        pytest.param({"fields": {"seats": 2}}, {"fields": {"seats": 3, "size": "small"}},
                     {"fields": {"seats": 2}}, (), ("fields.seats",), id="the same own field"),
    ],
)  # fmt: skip
def test_what_only_one_changed_is_kept_and_what_both_did_is_named(
    mine: dict[str, Any],
    theirs: dict[str, Any],
    expected: dict[str, Any],
    taken: tuple[str, ...],
    clashing: tuple[str, ...],
) -> None:
    now = replace(BEFORE, **theirs)
    done = reconcile(replace(BEFORE, **mine), now, changed(BEFORE, now))
    assert done.details == replace(BEFORE, **expected)
    assert (done.taken, done.clashing) == (taken, clashing)


def test_several_changes_meanwhile_count_from_the_first() -> None:
    one, two = replace(BEFORE, name="Rasa"), replace(BEFORE, name="Asta")
    steps = changed(BEFORE, one, two)
    assert reconcile(BEFORE, two, reversed(steps)).details.name == "Asta"
    assert reconcile(replace(BEFORE, name="Eglė"), two, steps).clashing == ("name",)


def test_what_a_merge_filled_in_is_taken_over() -> None:
    step = Step(AT, "merged", "ann", "m", {"with": ["c2", None], "language": [None, "lt"]})
    done = reconcile(BEFORE, replace(BEFORE, language="lt"), [step])
    assert done.details.language == "lt" and done.taken == ("language",)
