"""What a department says of dispositions: what may be written, and what each mistake is told as."""

from __future__ import annotations

import pytest
from pydantic import ValidationError

from config.schema import Department


@pytest.mark.parametrize(
    ("written", "asks"),
    [
        pytest.param({}, "off", id="nothing written"),
        pytest.param({"dispositions": ["Solved"]}, "asked", id="dispositions alone"),
        pytest.param({"dispositions": ["Solved"], "disposition": "required"}, "required", id="required"),
        pytest.param({"dispositions": ["Solved"], "disposition": "off"}, "off", id="put aside for a while"),
        pytest.param({"disposition": "off"}, "off", id="off"),
    ],
)
def test_whether_agents_are_asked(written: dict[str, object], asks: str) -> None:
    assert Department.model_validate(written).asks == asks


@pytest.mark.parametrize(
    ("written", "said"),
    [
        pytest.param({"disposition": "required"}, "needs `dispositions:` to choose from", id="required of nothing"),
        pytest.param({"disposition": "asked"}, "needs `dispositions:` to choose from", id="asked for nothing"),
        pytest.param({"dispositions": ["A", "A"]}, "written twice", id="twice"),
        pytest.param(
            {"dispositions": ["A"], "disposition": "required", "wrap_up": "9m"}, "make it longer", id="too short"
        ),
        pytest.param(
            {"dispositions": ["A"], "disposition": "required", "wrap_up": 0, "longest_wrap_up": 0},
            "make it longer",
            id="no time at all",
        ),
        pytest.param({"dispositions": [""]}, "at least 1", id="empty"),
        pytest.param({"dispositions": ["A"], "disposition": "maybe"}, "required", id="no such word"),
    ],
)
def test_each_mistake_is_told(written: dict[str, object], said: str) -> None:
    with pytest.raises(ValidationError, match=said):
        Department.model_validate(written)
