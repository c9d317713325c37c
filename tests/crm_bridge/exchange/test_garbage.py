"""Whatever a file holds, it is read, its rows are refused, or it is: nothing else comes of it, and no row is lost."""

from __future__ import annotations

import tempfile
from pathlib import Path

import pytest
from hypothesis import example, given, settings
from hypothesis import strategies as st

from crm_bridge.exchange.errors import NotReadable
from crm_bridge.exchange.plan import Wishes

from .house import file, names, rows

_TABLE = [
    *(b"Name;Phone;Note", b"sep=;\n", b"\n", b"\r", b";", b",", b'"', b'""', b"\0"),
    *(b"Ona", b"=1+1", b"8 600 00001", b"x" * 400, b"\xff", b"\xc4\x97", b"\xeb\xf0"),
]
_CARDS = [
    *(b"BEGIN:VCARD\n", b"END:VCARD\n", b"VERSION:2.1\n", b"VERSION:4.0\n", b"KIND:org\n", b"AGENT:\n", b"PHOTO:"),
    *(b"FN:Ona", b"N:a;b\\;c", b"ADR:;;", b"TEL", b"TEL;TYPE=", b"X-SWITCHROOM-OWN:", b"IMPP:%ff:%c5", b"item1."),
    *(b";CHARSET=", b"utf-8", b"punycode", b"undefined", b"unicode_escape", b";ENCODING=QUOTED-PRINTABLE:", b"=C5="),
    *(b"\n", b"\r\n ", b"=\n", b":", b'"', b"\\", b"\0", b"\xc5\xbd", b"\xde"),
]


def pieces(some: list[bytes]) -> st.SearchStrategy[bytes]:
    return st.lists(st.sampled_from(some), max_size=40).map(b"".join)


@pytest.mark.parametrize("encoding", [None, "utf-8-sig", "utf-16", "cp1257"])
@given(
    content=st.one_of(st.binary(max_size=200), pieces(_TABLE), pieces(_CARDS).map(lambda some: b"BEGIN:VCARD\n" + some))
)
@settings(max_examples=80, deadline=None)
@example(content=b"BEGIN:VCARD\nFN;X\nTEL;CHARSET=punycode:\xff\xff\nEND:VCARD\n")
@example(content=b"BEGIN:VCARD\nFN;ENCODING=QUOTED-PRINTABLE;CHARSET=undefined:=FF\nEND:VCARD\n")
def test_garbage(content: bytes, encoding: str | None) -> None:
    with tempfile.TemporaryDirectory() as folder:
        try:
            found = rows(file(Path(folder), content), wishes=Wishes(encoding=encoding))
        except NotReadable:
            return
    assert len({row.number for row in found}) == len(found)


@given(garbage=pieces([one for one in _TABLE if b"sep" not in one]))
@settings(max_examples=200, deadline=None)
def test_no_row_is_lost_behind_a_broken_one(garbage: bytes) -> None:
    # So many before it that a few zeros make no program of it.
    content = b"Name;Note\n" + b"Before;\n" * 150 + garbage + b'\n"After";"x"\n"After";"x"\n'
    with tempfile.TemporaryDirectory() as folder:
        found = rows(file(Path(folder), content), wishes=Wishes(encoding="utf-8-sig", delimiter=";"))
    assert names(found)[0] == "Before" and names(found)[-1] == "After"
