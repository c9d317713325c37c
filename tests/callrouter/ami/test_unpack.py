"""An event's headers, as they lie in its bytes."""

from __future__ import annotations

import pytest

from callrouter.ami.client import AmiMessage, unpack


@pytest.mark.parametrize(
    ("raw", "headers"),
    [
        pytest.param(b"Event: Hangup\r\nCause: 16", {"Event": "Hangup", "Cause": "16"}, id="one line a header"),
        pytest.param(b"Event: X\r\nAccountCode: ", {"Event": "X", "AccountCode": ""}, id="an empty value"),
        pytest.param(b"Event: X\r\nName: a: b", {"Event": "X", "Name": "a: b"}, id="a colon in a value"),
        pytest.param(b"Event: X\r\nV: 1\r\nV: 2", {"Event": "X", "V": ["1", "2"]}, id="twice"),
        pytest.param(b"Event: X\r\nV: 1\r\nV: 2\r\nV: 3", {"Event": "X", "V": ["1", "2", "3"]}, id="three times"),
        pytest.param(b"Event: X\r\nV:\r\nV: ", {"Event": "X", "V": ""}, id="no blank, no header"),
        pytest.param(b"Event: X\r\nName: \xc5\xbd\xff", {"Event": "X", "Name": "Ž\ufffd"}, id="not UTF-8"),
        pytest.param(b"Event: X\r\nName: 5%20", {"Event": "X", "Name": "5%20"}, id="a per cent sign is one"),
        pytest.param(b"some text", None, id="no header at all"),
        pytest.param(b"Channel: PJSIP/101", None, id="no event"),
    ],
)
def test_headers(raw: bytes, headers: AmiMessage | None) -> None:
    assert unpack(raw) == headers
