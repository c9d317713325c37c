"""Mailboxes of an existing Asterisk: what pyst2 reads is taken over, what it cannot is listed, and PINs stay secret."""

from __future__ import annotations

import itertools
import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from ruamel.yaml import YAML

from config.mailboxes import Mailbox
from voicemail.import_conf import Imported, ImportedMailbox, ImportRefused, parse, read
from voicemail.import_yaml import LeftOut, left_out, to_yaml

#: After the sample that comes with Asterisk, with what is found in old installations.
SAMPLE = """\
; Voicemail of the office
[general]
format=wav49|gsm|wav
serveremail = asterisk@acme.example
attach=yes
maxsecs=300          ; five minutes
minsecs=2
maxsilence=10
maxmsg=50
review=yes
emailbody=Dear ${VM_NAME}:\\n\\n\\tyou have a message\\n
imappassword=hunter2
aliasescontext=myaliases
;------------------------------------------------ an ordinary comment

[zonemessages]
european=Europe/Vilnius|'vm-received' a d b 'digits/at' HM

[default]
directoryintro=dir-acme
1234 => 5678,Root,root@localhost,pager@acme.example,attach=yes|tz=european
101 => 4711,Alice Doe,alice@acme.example
102 => -9182,Bob,bob@acme.example|office@acme.example,,maxsecs=60|review=no|saycid=yes
103 = 2580,Žydrūnė Ąžuolaitė,zydrune@acme.example
104 => ,No Pin,nopin@acme.example
105 => *123,Star Pin,star@acme.example
106 => 12,Short Pin,short@acme.example,,delete=1|Tz=european
107 => 1357
alice => 2468,Alice's own,alice@acme.example,,imapuser=alice|imappassword=g3tbusy

[other] ; a second company
101 => 8642,Carol,carol@other.example,,|tz=central

[myaliases]
1234@devices => 1234@default
"""
UNKNOWN_TO_PYST2 = """\
1 => 1111,Nobody,nobody@acme.example
#include voicemail_extra.conf
#exec /usr/bin/boxes --password=hunter2
[general]
attach=yes
[default]
100 => 4711,First,first@acme.example
101 => 4712,Semi\\;colon,semi@acme.example
102 => 4713,Add
102 += 4714,Added
;-- 103 => 4715,Commented
104 => 4716,Commented too
--;
105 => 4717,After,after@acme.example
106 4718,Missing equals
 = 4719,No number
107 => 4720,Bad mail,no address,
108 => 4721,Options,a@acme.example,,attach|tz=x
105 => 4722,Again,again@acme.example
;-- short --;
109 => 4723,Cut ;-- off
[base](!)
110 => 4724,In a template,t@acme.example
[more](base)
111 => 4725,Inherits,i@acme.example
[default](+)
112 => 4726,Added to,d@acme.example
[broken
113 => 4727,In a broken section,b@acme.example
[good]
114 => 4728,Last,last@acme.example
115 => 4729,\x01Control,c@acme.example
"""


def imported(text: str) -> Imported:
    return parse(text.encode())


def box(found: Imported, number: str, context: str = "default") -> ImportedMailbox:
    return next(box for box in found.mailboxes if (box.number, box.context) == (number, context))


def section(text: str) -> dict[str, Mailbox]:
    """Read the YAML as our own site would."""
    boxes = YAML(typ="safe").load(text)["mailboxes"] or {}
    assert all(re.fullmatch(r"[a-z][a-z0-9_-]{0,31}", name) for name in boxes)
    return {name: Mailbox.model_validate(box) for name, box in boxes.items()}


def test_every_mailbox_of_a_real_file_is_found() -> None:
    found = imported(SAMPLE)
    assert [(box.number, box.context) for box in found.mailboxes] == [
        *((number, "default") for number in ("1234", "101", "102", "103", "104", "105", "106", "107", "alice")),
        ("101", "other"),
    ]
    root = box(found, "1234")
    assert (root.name, root.mail, root.pager, root.pin) == ("Root", ("root@localhost",), "pager@acme.example", "5678")
    assert root.options == {"attach": "yes", "tz": "european"}
    assert box(found, "102").mail == ("bob@acme.example", "office@acme.example")
    assert box(found, "102").pin == "9182"
    assert box(found, "103").name == "Žydrūnė Ąžuolaitė"
    assert (box(found, "104").pin, box(found, "105").pin) == (None, None)
    assert box(found, "107") == ImportedMailbox("107", "default", "", (), "", "1357", {}, box(found, "107").line)
    assert box(found, "alice").options == {"imapuser": "alice", "imappassword": "(secret)"}
    assert box(found, "101", "other").mail == ("carol@other.example",)
    assert found.general["maxsecs"] == "300"


def test_what_is_odd_in_a_real_file_is_listed() -> None:
    assert [(line.text, line.why) for line in imported(SAMPLE).not_understood] == [
        ("directoryintro = …", "an option of the directory, which we do not have"),
        ("102 = …", "its user cannot change the PIN (-): here nobody can by telephone"),
        ("105 = …", "a PIN that begins with *, which Asterisk does not accept: imported without it"),
        ("1234@devices = …", "an alias: lead callers to the mailbox that it means"),
    ]


def test_what_pyst2_cannot_read_is_listed_with_its_line_and_not_guessed() -> None:
    found = imported(UNKNOWN_TO_PYST2)
    assert [box.number for box in found.mailboxes] == ["100", "102", "105", "107", "108", "114"]
    assert box(found, "102").name == "Add"
    assert box(found, "105").pin == "4717"
    assert (box(found, "107").mail, box(found, "108").options) == ((), {"tz": "x"})
    listed = {line.line: (line.text, line.why) for line in found.not_understood}
    in_section = "its [section] was not understood"
    several = "a comment of several lines begins"
    expected = {
        1: ("1 = …", "it stands before the first [section]"),
        2: ("#include voicemail_extra.conf", "another file or program: import that one by itself"),
        3: ("#exec /usr/bin/boxes --password = …", "another file or program: import that one by itself"),
        8: ("101 = …", "an escaped semicolon"),
        10: ("102 + = …", "an addition to an earlier value"),
        11: (";-- 103 = …", f"{several} here, and nothing in it was read"),
        15: ("106 …", "neither a [section] nor `name = value`"),
        16: ("= …", "it has no name"),
        17: ("107 = …", "1 of its mail addresses are none"),
        18: ("108 = …", "an option of it is no name=value"),
        19: ("105 = …", "the mailbox is already in line 14, which was taken"),
        21: ("109 = …", f"{several} in it"),
        22: ("[base](!)", "a template, or a section that is added to or inherits"),
        23: ("110 = …", in_section),
        24: ("[more](base)", "a template, or a section that is added to or inherits"),
        25: ("111 = …", in_section),
        26: ("[default](+)", "a template, or a section that is added to or inherits"),
        27: ("112 = …", in_section),
        28: ("[broken", "neither a [section] nor `name = value`"),
        29: ("113 = …", in_section),
        32: ("115 = …", "it contains signs that cannot be seen"),
    }
    assert listed == expected


def test_no_pin_and_no_password_is_ever_shown() -> None:
    for text in (SAMPLE, UNKNOWN_TO_PYST2):
        found = imported(text)
        shown = repr(found) + to_yaml(found) + repr(left_out(found))
        pins = re.findall(r"=>?\s*[-*]?(\d{4}),", text)
        assert pins
        assert not [pin for pin in [*pins, "hunter2", "g3tbusy"] if re.search(rf"\b{pin}\b", shown)]


def test_the_yaml_is_what_our_site_reads() -> None:
    written = to_yaml(imported(SAMPLE), with_pins=True)
    boxes = section(written)
    assert list(boxes) == [
        *(f"box-{number}" for number in ("1234", "101", "102", "103", "104", "105", "106", "107")),
        *("alice", "box-101-other"),
    ]
    alice = boxes["box-101"]
    assert (alice.name, alice.mail, alice.pin) == ("Alice Doe", ("alice@acme.example",), "4711")
    assert (alice.longest, alice.least, alice.silence, alice.review) == (300, 2, 10, True)
    assert (boxes["box-102"].longest, boxes["box-102"].review) == (60, False)
    assert boxes["box-106"].pin is None
    assert "  # 106@default; pin not imported: it has not 4 to 12 digits\n  box-106:\n" in written
    assert '    pin: "4711"\n' in written
    assert "    mail: [bob@acme.example, office@acme.example]\n" in written


def test_without_pins_it_says_so() -> None:
    written = to_yaml(imported(SAMPLE))
    assert all(box.pin is None for box in section(written).values())
    assert "  # 101@default; pin not imported\n  box-101:\n" in written


def test_options_without_counterpart_are_listed_once_with_a_plain_word() -> None:
    found = left_out(imported(SAMPLE))
    assert LeftOut("maxmsg", 0, "a mailbox here has no limit of messages: see `keep:`") in found
    assert LeftOut("tz", 3, "times are told in the zone of the site's hours") in found
    assert LeftOut("delete", 1, "nothing is deleted because it was mailed: see `keep:`") in found
    assert LeftOut("pager", 1, "a pager is not told: add its address to `mail:` if it should be") in found
    assert not [option for option in found if option.option in ("maxsecs", "minsecs", "maxsilence", "review")]
    assert "# not imported: tz of 3: times are told" in to_yaml(imported(SAMPLE))


@pytest.mark.parametrize(
    ("options", "expected", "missing"),
    [
        pytest.param("maxsecs=0", {}, ["maxsecs"], id="no limit"),
        pytest.param("maxsecs=99999999999999999999", {}, ["maxsecs"], id="absurd"),
        pytest.param("maxsecs=x", {}, ["maxsecs"], id="no number"),
        pytest.param("maxmessage=120|minmessage=3", {"longest": 120, "least": 3}, [], id="old names"),
        pytest.param("minsecs=10|maxsecs=10", {"longest": 10, "least": 1}, ["minsecs"], id="nothing is long enough"),
        pytest.param("review=perhaps", {}, ["review"], id="neither yes nor no"),
        pytest.param("REVIEW=On|MaxSecs=60", {"review": True, "longest": 60}, [], id="large letters"),
        pytest.param("vm-login=custom|zebra=1", {}, ["vm-login", "zebra"], id="unknown"),
    ],
)
def test_settings(options: str, expected: dict[str, object], missing: list[str]) -> None:
    found = imported(f"[default]\n101 => 1,A,,,{options}")
    (mailbox,) = section(to_yaml(found)).values()
    for name, value in expected.items():
        assert getattr(mailbox, name) == value
    assert [option.option for option in left_out(found)] == missing


@pytest.mark.parametrize(
    ("boxes", "names"),
    [
        pytest.param(["101@a", "101@b", "101@c"], ["box-101", "box-101-b", "box-101-c"], id="contexts"),
        pytest.param(["101@a", "101@B!", "101@b?"], ["box-101", "box-101-b", "box-101-2"], id="contexts alike"),
        pytest.param(["sales@a", "Sales@b", "hangup@a"], ["sales", "sales-b", "box-hangup"], id="words"),
        pytest.param(["*@a", "_@a", "Ž1@a"], ["box-x", "box-x-a", "z1"], id="odd signs"),
        pytest.param([f"{'9' * 40}@a", f"{'9' * 41}@a"], [f"box-{'9' * 28}", f"box-{'9' * 26}-a"], id="long"),
    ],
)
def test_names_are_ours_and_each_once(boxes: list[str], names: list[str]) -> None:
    text = "".join("[{1}]\n{0} => 1\n".format(*place.split("@")) for place in boxes)
    assert list(section(to_yaml(imported(text)))) == names


@pytest.mark.parametrize(
    ("content", "encoding", "name"),
    [
        pytest.param("Žydrūnė".encode(), "utf-8", "Žydrūnė", id="utf-8"),
        pytest.param("Žydrūnė".encode("cp1257"), "cp1257", "Žydrūnė", id="baltic windows, named"),
        pytest.param("Jörg".encode("latin-1"), "latin-1", "Jörg", id="latin-1, named"),
        pytest.param("Jörg".encode("latin-1"), "utf-8", None, id="latin-1, not named"),
        pytest.param(b"A\x00B", "utf-8", None, id="zero byte"),
        pytest.param("A\u2028B".encode(), "utf-8", None, id="a line end of another kind"),
        pytest.param(b"Tab\tbed  name", "utf-8", "Tab bed name", id="blanks"),
        pytest.param(b'"#: {x}" & <b>', "utf-8", '"#: {x}" & <b>', id="signs of YAML"),
        pytest.param(b"x" * 9_000, "utf-8", None, id="longer than Asterisk reads"),
    ],
)
def test_odd_encodings(tmp_path: Path, content: bytes, encoding: str, name: str | None) -> None:
    path = tmp_path / "voicemail.conf"
    path.write_bytes(
        b"\xef\xbb\xbf"[: 3 * (encoding == "utf-8")] + b"[default]\r\n101 => 1234," + content + b",a@b.example\r\n"
    )
    found = read(path, encoding)
    assert [box.name for box in found.mailboxes] == ([] if name is None else [name])
    assert len(found.not_understood) == (name is None)
    assert [box.name for box in section(to_yaml(found)).values()] == ([] if name is None else [name])


@pytest.mark.parametrize(
    ("content", "encoding", "why"),
    [
        pytest.param(b";" * 10_000_000, "utf-8", "larger than 4 MB", id="10 MB"),
        pytest.param("[default]".encode("utf-16"), "utf-8", "is UTF-16", id="utf-16"),
        pytest.param(b"", "klingon", "no encoding is called", id="unknown encoding"),
        pytest.param(None, "utf-8", "is not a file", id="missing"),
    ],
)
def test_refused(tmp_path: Path, content: bytes | None, encoding: str, why: str) -> None:
    path = tmp_path / "voicemail.conf"
    if content is not None:
        path.write_bytes(content)
    with pytest.raises(ImportRefused, match=why):
        read(path, encoding)


def test_an_empty_file_holds_no_mailboxes() -> None:
    assert parse(b"") == Imported((), ())
    assert section(to_yaml(parse(b""))) == {}


def test_ten_thousand_mailboxes() -> None:
    lines = (f"{n} => {n},Person {n},p{n}@acme.example,,tz=european" for n in range(10_000, 20_000))
    found = imported("\n".join(itertools.chain(["[general]", "maxsecs=120", "[default]"], lines)))
    assert len(found.mailboxes) == 10_000
    assert found.not_understood == ()
    assert left_out(found) == [LeftOut("tz", 10_000, "times are told in the zone of the site's hours")]
    written = to_yaml(found)
    assert written.count("\n    longest: 120s\n") == 10_000


def test_a_hostile_address_takes_no_time() -> None:
    found = imported(f"[default]\n101 => 1234,A,x@{'a' * 7_000}!")
    assert box(found, "101").mail == ()


@given(st.binary(max_size=300) | st.text("[](!)#;-=+>,|@\\\n 01ax*", max_size=120).map(str.encode))
def test_no_file_breaks_the_import(content: bytes) -> None:
    found = parse(content)
    assert len(section(to_yaml(found, with_pins=True))) == len(found.mailboxes)
