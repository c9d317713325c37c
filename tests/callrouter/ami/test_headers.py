from __future__ import annotations

import pytest

from callrouter.ami.errors import UnsafeValue
from callrouter.ami.headers import Headers, check_headers


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({}, id="none"),
        pytest.param({"Channel": "PJSIP/101-00000001"}, id="plain"),
        pytest.param({"Variable": ["A=1", "B=Ольга"]}, id="several, not ASCII"),
        pytest.param({"Channel": "x" * 990}, id="just short enough"),
    ],
)
def test_safe(headers: Headers) -> None:
    check_headers(headers)


@pytest.mark.parametrize(
    "headers",
    [
        pytest.param({"Channel": "x\r\nAction: Command"}, id="line end in a value"),
        pytest.param({"Channel": "x\n"}, id="LF"),
        pytest.param({"Channel": "x\r"}, id="CR"),
        pytest.param({"Channel": "x\0"}, id="NUL"),
        pytest.param({"Variable": ["A=1", "B=\r\n"]}, id="in a list"),
        pytest.param({"Chan\r\nnel": "x"}, id="line end in a name"),
        pytest.param({"Channel: x": "x"}, id="colon in a name"),
        pytest.param({"": "x"}, id="no name"),
        pytest.param({"Channel": "x" * 1000}, id="line too long"),
        pytest.param({"Channel": "ä" * 600}, id="long in bytes only"),
        pytest.param({"Channel": "\udcff"}, id="half a character"),
        pytest.param({"Variable": ["A=1"] * 101}, id="too many lines"),
    ],
)
def test_unsafe(headers: Headers) -> None:
    with pytest.raises(UnsafeValue) as refused:
        check_headers(headers)
    assert "Action: Command" not in str(refused.value)
