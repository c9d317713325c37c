"""Faxes in Asterisk's words, and what a received file is worth."""

from __future__ import annotations

import struct
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from ivr.agi import fax, fax_file
from ivr.agi.fake_fax import tiff
from ivr.conversation import FaxTaken

FIXTURES = Path(__file__).resolve().parents[1] / "fixtures" / "fax"

#: As Asterisk 22.10.1 left them after two pages from its own SendFAX.
SUCCESS = {
    "FAXSTATUS": "SUCCESS",
    "FAXSTATUSSTRING": "OK",
    "FAXPAGES": "2",
    "FAXBITRATE": "14400",
    "FAXRESOLUTION": "8031x7700",
    "FAXMODE": "audio",
    "REMOTESTATIONID": "+370 5 233 4455",
    "FAXOPT(ecm)": "yes",
}
#: … and when the sender was hung up on after the first.
BROKEN = SUCCESS | {
    "FAXSTATUS": "FAILED",
    "FAXSTATUSSTRING": "The call dropped prematurely",
    "FAXPAGES": "1",
}
#: … and after a voice.
VOICE = SUCCESS | {
    "FAXSTATUS": "FAILED",
    "FAXSTATUSSTRING": "Disconnected after permitted retries",
    "FAXPAGES": "0",
    "FAXRESOLUTION": "0x0",
    "REMOTESTATIONID": "",
}
NOTHING = dict.fromkeys(SUCCESS, "")

GOOD = FaxTaken("f", 2, True, "+370 5 233 4455", 14_400, (204, 196), ecm=True)


@pytest.mark.parametrize(
    ("told", "whole", "came"),
    [
        pytest.param(SUCCESS, 2, GOOD, id="all of it"),
        pytest.param(
            SUCCESS | {"FAXERROR": "HANGUP", "FAXMODE": "T38", "FAXRESOLUTION": "8031x15400"},
            2,
            FaxTaken("f", 2, True, "+370 5 233 4455", 14_400, (204, 391), ecm=True, t38=True),
            id="as data, super fine; what FAXERROR says does not count",
        ),
        pytest.param(
            BROKEN,
            1,
            FaxTaken(
                "f", 1, False, "+370 5 233 4455", 14_400, (204, 196), ecm=True, why="The call dropped prematurely"
            ),
            id="broken off after a page",
        ),
        pytest.param(
            VOICE,
            0,
            FaxTaken("f", 0, False, rate=14_400, ecm=True, why="Disconnected after permitted retries"),
            id="a voice",
        ),
        pytest.param(
            SUCCESS,
            1,
            FaxTaken("f", 1, False, "+370 5 233 4455", 14_400, (204, 196), ecm=True, why="no room on the disk"),
            id="Asterisk says two, the disk has one",
        ),
        pytest.param(
            SUCCESS | {"FAXPAGES": "0"},
            0,
            FaxTaken("f", 0, False, "+370 5 233 4455", 14_400, (204, 196), ecm=True, why="OK"),
            id="a success without pages is none",
        ),
        pytest.param(NOTHING, 0, FaxTaken("f", why="this Asterisk has no fax modem"), id="no such application"),
        pytest.param(
            SUCCESS
            | {"FAXPAGES": "-2", "FAXBITRATE": "9" * 40, "FAXRESOLUTION": "x", "REMOTESTATIONID": "a\nb\x1b[1m" * 30},
            2,
            FaxTaken("f", 0, False, "ab[1m" * 10, 0, (0, 0), ecm=True, why="OK"),
            id="nonsense from the other side",
        ),
    ],
)
def test_what_a_fax_came_to(told: dict[str, str], whole: int, came: FaxTaken) -> None:
    assert fax.taken("f", told, whole=whole, gone=False) == came


def test_a_lost_line_leaves_the_pages_in_the_file() -> None:
    assert fax.taken("f", NOTHING, whole=3, gone=True) == FaxTaken(
        "f", 3, why="the connection to Asterisk was lost", gone=True
    )


@pytest.mark.parametrize(
    ("told", "of", "came"),
    [
        pytest.param(
            SUCCESS,
            2,
            fax.FaxSent(True, 2, 2, 14_400, (204, 196), True, False, "+370 5 233 4455", 20.0, "", "SUCCESS"),
            id="confirmed",
        ),
        pytest.param(
            BROKEN,
            2,
            fax.FaxSent(
                False, 1, 2, 14_400, (204, 196), True, False, "+370 5 233 4455", 20.0,
                "The call dropped prematurely", "FAILED",
            ),
            id="broken off",
        ),
        pytest.param(
            SUCCESS,
            0,
            fax.FaxSent(True, 2, 2, 14_400, (204, 196), True, False, "+370 5 233 4455", 20.0, "", "SUCCESS"),
            id="what is confirmed is sent, however we count: never twice",
        ),
        pytest.param(
            NOTHING,
            2,
            fax.FaxSent(False, 0, 2, seconds=20.0, why="this Asterisk has no fax modem"),
            id="no such application",
        ),
    ],
)  # fmt: skip
def test_what_a_sent_fax_came_to(told: dict[str, str], of: int, came: fax.FaxSent) -> None:
    assert fax.sent(told, of=of, seconds=20.0) == came


def test_when_the_line_is_lost_nobody_knows_what_arrived() -> None:
    came = fax.sent(NOTHING, of=2, seconds=3.0, lost=True)
    assert (came.ok, came.status, came.why) == (False, "", "the connection to Asterisk was lost")


@pytest.mark.parametrize(
    ("name", "ident"),
    [
        ("+370 5 211 0000", "+370 5 211 0000"),
        ("Žalia & Co., +370 5 211-0000", "Zalia Co +370 5 2110"),
        ("a,b)c${EXTEN}\n\r\0\"'", "abcEXTEN"),
        ("   ", ""),
        ("電話", ""),
        ("x" * 500, "x" * 20),
        ("1234567890123456789 x", "1234567890123456789"),
    ],
)
def test_a_station_calls_itself_what_t30_allows(name: str, ident: str) -> None:
    assert fax.station(name) == ident


@given(st.text())
def test_any_name_becomes_a_station(name: str) -> None:
    ident = fax.station(name)
    assert len(ident) <= 20
    assert all(sign == "+" or sign == " " or (sign.isascii() and sign.isalnum()) for sign in ident)
    assert fax.station(ident) == ident


@pytest.mark.parametrize(
    ("top", "printed"),
    [
        ("Acme UAB, Vilnius", "Acme UAB, Vilnius"),
        ("Šiaulių  \n\tžvejai", "Siauliu zvejai"),
        ("x" * 80, "x" * 50),
    ],
)
def test_the_line_at_the_top_is_one_plain_line(top: str, printed: str) -> None:
    assert dict(fax.settings(ours="", top=top))["FAXOPT(headerinfo)"] == printed


def test_without_a_line_at_the_top_none_is_set() -> None:
    assert [name for name, _ in fax.settings(ours="1")] == [
        "TIMEOUT(absolute)",
        "FAXOPT(ecm)",
        "FAXOPT(localstationid)",
    ]


@pytest.mark.parametrize(
    ("path", "argument"),
    [
        ("/data/drop/fax-1.tif", "/data/drop/fax-1.tif"),
        ("/a, b/1.tif", "/a\\, b/1.tif"),
        ('/a"b\\c/1.tif', '/a\\"b\\\\c/1.tif'),
    ],
)
def test_a_path_stays_one_argument(path: str, argument: str) -> None:
    assert fax.arguments(path) == (argument, "f")


# ---- the file


@pytest.mark.parametrize(
    ("name", "pages"),
    [
        ("standard-204x98-2pages.tif", 2),
        ("fine-204x196-2pages.tif", 2),
        ("superfine-204x391-2pages.tif", 2),
        ("broken-off-after-page-1.tif", 1),
    ],
)
def test_pages_of_real_faxes(name: str, pages: int) -> None:
    assert fax_file.complete_pages(FIXTURES / name) == pages


FINE = (FIXTURES / "fine-204x196-2pages.tif").read_bytes()


@pytest.mark.parametrize(
    ("data", "pages"),
    [
        pytest.param(b"", 0, id="empty"),
        pytest.param(b"II*\0", 0, id="half a head"),
        pytest.param(b"%PDF-1.7 and so on", 0, id="no TIFF"),
        pytest.param(FINE[:8], 0, id="a full disk took only the head"),
        pytest.param(FINE[:12_288], 1, id="a full disk took one page and a half"),
        pytest.param(FINE[:-1], 2, id="the last byte belongs to no page's dots"),
        pytest.param(tiff(3)[:-1], 2, id="the last directory is cut"),
        pytest.param(tiff(40), 40, id="forty"),
        pytest.param(tiff(2)[:-4] + struct.pack("<I", 10), fax_file.MOST_PAGES, id="in a circle, which has an end"),
        pytest.param(struct.pack("<2sHIH", b"II", 42, 8, 0), 0, id="a directory without entries"),
        pytest.param(struct.pack("<2sHIH", b"II", 42, 8, 65_535) + bytes(800_000), 0, id="too many entries"),
        pytest.param(struct.pack("<2sHI", b"II", 42, 2**32 - 1), 0, id="behind the end"),
        pytest.param(
            struct.pack(">2sHIHHHIIHHIII", b"MM", 42, 8, 2, 273, 4, 1, 8, 279, 4, 1, 4, 0), 1, id="big-endian"
        ),
        pytest.param(
            struct.pack("<2sHIHHHIIHHIII", b"II", 42, 8, 2, 273, 4, 1, 8, 279, 4, 1, 400, 0), 0, id="dots cut off"
        ),
    ],
)
def test_pages_of_other_files(data: bytes, pages: int, tmp_path: Path) -> None:
    file = tmp_path / "x.tif"
    file.write_bytes(data)
    assert fax_file.complete_pages(file) == pages


@settings(suppress_health_check=[HealthCheck.function_scoped_fixture], max_examples=200)
@given(changes=st.lists(st.tuples(st.integers(0, 103), st.integers(0, 255)), max_size=12), length=st.integers(0, 104))
def test_no_file_is_too_broken_to_be_counted(changes: list[tuple[int, int]], length: int, tmp_path: Path) -> None:
    data = bytearray(tiff(3))
    for at, byte in changes:
        data[at] = byte
    file = tmp_path / "x.tif"
    file.write_bytes(data[:length])
    assert 0 <= fax_file.complete_pages(file) <= fax_file.MOST_PAGES


def test_what_is_not_there_has_no_pages_and_no_room(tmp_path: Path) -> None:
    assert fax_file.complete_pages(tmp_path / "none.tif") == 0
    assert fax_file.complete_pages(tmp_path) == 0
    assert fax_file.has_room(tmp_path / "x.tif")
    assert not fax_file.has_room(tmp_path / "none" / "x.tif")
