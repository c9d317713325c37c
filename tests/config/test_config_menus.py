"""Rules of menus, hours, addresses and recordings, beyond the one example that each has."""

from __future__ import annotations

import os
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

import pytest

from callrouter.feature_codes import CODES
from config.load import load_site
from config.rules.addresses import fault_of
from config.rules.held import MOST_ROUNDS
from config.values import KEYS
from ivr.interpreter import MOST_TURNS
from tests.config.config_sites import load, marked_places, place_of, sound, spoiled

OPEN = '"mon-fri 09:00-18:00"'
SALES = "sales: {hours: office, closed: hangup, mailbox: sales@acme.example}"
LONG = "A" * 899


def _other(more: str = "") -> tuple[str, str]:
    mark, more = ("§", "") if more == "§" else ("", more)
    return "departments:\n", f"departments:\n  {mark}other: {{{more}}}\n"


def _mailed(mailbox: str) -> tuple[str, str]:
    return "\nmail: {", f"\nmailboxes: {{{mailbox}}}\nmail: {{"


def _faxed(faxbox: str) -> tuple[str, str]:
    return "\nmail: {", f"\nfaxboxes: {{{faxbox}}}\nmail: {{"


def _menus(mark: str = "", **goes: str) -> tuple[str, str]:
    """Return the edit that adds menus, all of whose ways lead to one place."""
    added = "".join(
        f"  {mark if name == 'a' else ''}{name}: {{say: {{en: A., lt: A.}}, keys: {{1: {go}}}, "
        f"silence: {{go: {go}}}, mistake: {{go: {go}}}}}\n"
        for name, go in goes.items()
    )
    return "departments:\n", f"{added}departments:\n"


def _asking(name: str, silence: str, key: str) -> tuple[str, str]:
    """Return the edit that adds a menu in which silence leads to one place, and a key to another."""
    say, end = "say: {en: A., lt: A.}", ", say: {en: Bye., lt: Iki.}" if silence == "hangup" else ""
    menu = f"{name}: {{{say}, keys: {{1: {key}}}, silence: {{go: {silence}{end}}}, mistake: {{go: {key}}}}}"
    return "departments:\n", f"  {menu}\ndepartments:\n"


def _overflow(go: str) -> tuple[str, str]:
    return "closed: hangup", f"closed: hangup, overflow: {{after: 60s, go: {go}}}"


KEPT = "sales: {hours: office, closed: hangup"
TO_A = ("{go: ann}", "a")
IN_BOTH = ("departments: [sales]", "departments: [sales, other]")
ALL_THREE = ("departments: [sales]", "departments: [sales, other, more]")
FURTHER = "more: {}\n  §other: {overflow: {after: 60s, go: more}}\n"
ROUND = "§more: {overflow: {after: 60s, go: §other}}\n  other: {overflow: {after: 60s, go: more}}\n"
REPEATS = ("silence: {go: sales}", "silence: {go: repeat}")
REPEATS_TOO_LONG = ("silence: {go: sales}", "silence: {go: §repeat}")
CLOSED = "    closed: {hours: office, go: §sales}\n    keys:"
LED = CLOSED.replace("§", "")
NO_HOURS = (SALES, "sales: {mailbox: s@acme.example}")
ALWAYS = ("hours:\n", 'hours:\n  night: {open: ["daily 00:00-24:00"]}\n')
NIGHT = ("hours:\n", 'hours:\n  night: {open: ["daily 18:00-22:00"]}\n')

TABLE = [
    # closed doors
    pytest.param([("    keys:", CLOSED)], ["W452"], id="closed-together"),
    pytest.param([("    keys:", LED), (SALES, SALES.replace("office", "night")), NIGHT], [], id="open-when-closed"),
    pytest.param(
        [("    keys:", CLOSED), (SALES, "sales: {mailbox: s@acme.example}")], ["W454"], id="line-without-hours"
    ),
    pytest.param(
        [("    keys:", LED.replace("sales", "a")), ("departments:\n", "  a: {go: sales}\ndepartments:\n"), NO_HOURS],
        ["W454"],
        id="line-without-hours-behind-a-menu",
    ),
    pytest.param(
        [("    keys:", LED), (SALES, "sales: {mailbox: s@acme.example, nobody: {voicemail: sales}}")],
        [],
        id="line-that-nobody-waits-in-alone",
    ),
    pytest.param(
        [("    keys:", LED), (SALES, SALES.replace("office", "night")), ALWAYS], [], id="line-served-all-night"
    ),
    pytest.param(
        [("    keys:", LED.replace("sales", "a")), _asking("a", "hangup", "sales"), NO_HOURS],
        [],
        id="line-without-hours-by-a-pressed-key",
    ),
    # silent callers
    pytest.param([_overflow("§a"), _asking("a", "sales", "ann")], ["W406"], id="silence-leads-back-to-the-line"),
    pytest.param([_overflow("a"), _asking("a", "hangup", "sales")], [], id="only-a-pressed-key-leads-back"),
    pytest.param(
        [("closed: hangup", "closed: a"), _asking("a", "§sales", "ann")], ["W455"], id="silence-and-a-closed-door"
    ),
    pytest.param(
        [
            ("    keys:", LED.replace("sales", "a")),
            _asking("a", "sales", "ann"),
            (SALES, SALES.replace("office", "night").replace("hangup", "main")),
            ALWAYS,
        ],
        [],
        id="silence-to-a-door-that-is-open-then",
    ),
    pytest.param([("silence: {go: sales}", "silence: {go: repeat}")], [], id="silence-repeats-the-menu"),
    pytest.param([REPEATS, ("en: Welcome.", f"en: {'A' * 186}")], [], id="silence-repeats-for-less-than-an-hour"),
    pytest.param([REPEATS_TOO_LONG, ("en: Welcome.", f"en: {'A' * 210}")], ["W457"], id="silence-repeats-a-long-text"),
    pytest.param(
        [REPEATS_TOO_LONG, ("    keys:", "    wait: {first_key: 20s}\n    keys:")], ["W457"], id="silence-waits-long"
    ),
    # lines that nothing leads to
    pytest.param([_other("§"), IN_BOTH], ["W456"], id="no-way-to-a-line"),
    pytest.param([_other(), IN_BOTH, _overflow("other")], [], id="a-line-behind-a-line"),
    pytest.param([_other(), IN_BOTH, ("phone: 102", "phone: 102, no_answer: other")], [], id="a-line-behind-a-person"),
    pytest.param(
        [("departments:\n", f"departments:\n  {FURTHER}"), ALL_THREE], ["W456"], id="lines-behind-it-are-not-told"
    ),
    pytest.param(
        [("departments:\n", f"departments:\n  {ROUND}"), ALL_THREE], ["W456", "W406"], id="a-circle-is-told-once"
    ),
    pytest.param(
        [_other(), IN_BOTH, ("1: sales", "1: §otter")],
        ["E301"],
        id="a-misspelt-name-is-told-and-not-what-it-leaves-alone",
    ),
    pytest.param([_asking("a", "other", "sales"), _other(), IN_BOTH], ["W401"], id="only-the-menu-before-is-told"),
    pytest.param(
        [_other(), IN_BOTH, ("1: sales", "1: {voicemail: other}"), _mailed("other: {mail: [a@b.lt]}")],
        [],
        id="a-department-that-reads-the-mailbox-of-its-name",
    ),
    pytest.param(
        [
            _other(),
            IN_BOTH,
            ("1: sales", "1: {voicemail: post}"),
            _mailed("post: {mail: [a@b.lt], departments: [other]}"),
        ],
        [],
        id="a-department-that-reads-another-mailbox",
    ),
    pytest.param(
        [
            _other(),
            IN_BOTH,
            ("{menu: main}", "{menu: main, fax: in}"),
            _faxed("in: {departments: [other], deliver: []}"),
        ],
        [],
        id="a-department-that-reads-faxes",
    ),
    pytest.param(
        [_other("hours: office, closed: §sales"), IN_BOTH, ("1: sales", "1: other")],
        ["W452"],
        id="from-department-to-department",
    ),
    # ways out
    pytest.param([("1: sales", "1: repeat"), ("{go: ann}", "hangup")], [], id="hanging-up-is-a-way-out"),
    pytest.param([_menus("§", a="b", b="a"), TO_A], ["E340"], id="two-menus-are-told-once"),
    pytest.param([_menus(a="back"), TO_A], [], id="back-is-a-way-out"),
    pytest.param(
        [(_menus(a="repeat")[0], _menus(a="repeat")[1].replace("say:", "direct_dial: true, say:")), TO_A],
        [],
        id="an-extension-is-a-way-out",
    ),
    # hung up on
    pytest.param([("mistake: {go: sales}", "mistake: {§go: hangup}")], ["W446"], id="mistake-without-a-word"),
    # tests
    pytest.param(
        [
            (
                "\nmail: {",
                '\ntests:\n  - {name: §t, call: {to: "+370 5 200 0000", at: 2026-12-21T10:00}, '
                "expect: {not_heard: [Goodbye]}}\nmail: {",
            )
        ],
        ["W470"],
        id="expects-only-not-to-hear",
    ),
    # keys that wait
    pytest.param([("1: sales", "§1: sales\n      12: ann")], ["W442"], id="waits-for-a-key"),
    pytest.param(
        [("    keys:", "    direct_dial: true\n    wait: {between_keys: 3s}\n    keys:"), ("1: sales", "§1: sales")],
        ["W442"],
        id="waits-for-an-extension",
    ),
    pytest.param([("    keys:", "    direct_dial: true\n    keys:")], [], id="waits-as-long-as-usual"),
    # hours
    pytest.param([(OPEN, '"mon-fri 09:00-12:00,12:05-18:00"')], ["W448"], id="gap-in-one-line"),
    pytest.param([(OPEN, '"mon-fri 09:00-12:00", "mon-fri 12:15-18:00"')], [], id="a-break"),
    pytest.param([(OPEN, '"mon 09:00-12:00", "tue 12:05-18:00"')], [], id="other-days"),
    pytest.param([(OPEN, '"mon 22:00-02:00", §"tue 01:00-03:00"')], ["W449"], id="overlap-past-midnight"),
    pytest.param([(OPEN, '"mon 22:00-02:00", §"tue 02:05-03:00"')], ["W448"], id="gap-past-midnight"),
    pytest.param([(OPEN, '"mon-fri 09:00-12:00", "mon-fri 12:00-18:00"')], [], id="one-ends-where-the-other-begins"),
    pytest.param(
        [("holidays: LT", "open_on: {2026-12-24: §'09:00-12:00,12:10-13:00'}")], ["W448"], id="gap-on-a-single-day"
    ),
    pytest.param([("holidays: LT", "closed_on: [2026-12-24, §2026-12-24]")], ["W451"], id="closed-twice"),
    pytest.param([(f"[{OPEN}]", "[]"), ("holidays: LT", "open_on: {2026-12-24: '09:00-12:00'}")], [], id="open-once"),
    # skills
    pytest.param(
        [
            (SALES, f"{KEPT}, §skills: {{german: 10, english: 1}}}}"),
            ("phone: 102", "phone: 102, departments: [sales], skills: {english: 90}"),
            ("phone: 101", "phone: 101, skills: {german: 90}"),
        ],
        ["W447"],
        id="skills-of-two-people",
    ),
    pytest.param([(SALES, f"{KEPT}, skills: {{german: 9}}, relax_skills: {{after: 60s}}}}")], [], id="skills-relax"),
    pytest.param([(SALES, f"{KEPT}, skills: {{german: 0}}}}")], [], id="no-skill-at-all-will-do"),
    # texts
    pytest.param([("lt: Sveiki.", "lt: §'- ... !'")], ["W443"], id="only-signs"),
    pytest.param([("lt: Sveiki.", f"lt: {LONG}b")], [], id="as-long-as-may-be"),
    pytest.param([("lt: Sveiki.", f"lt: §{LONG}bc")], ["W444"], id="too-long"),
    # addresses
    pytest.param([("sender: switchroom@acme.example", "sender: §switchroom@localhost")], ["W453"], id="sender"),
    pytest.param(
        [
            ("{menu: main}", "{menu: main, fax: sales}"),
            ("mail: {", "faxboxes: {sales: {deliver: [§a@b-.lt], confirm: [§.a@b.lt]}}\nmail: {"),
        ],
        ["E341", "E341"],
        id="fax-boxes",
    ),
]


@pytest.mark.parametrize(("edits", "rules"), TABLE)
def test_what_is_found(edits: list[tuple[str, str]], rules: list[str], tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"site.yaml": spoiled(*edits)}
    findings = load(tmp_path, files).findings
    assert [finding.rule for finding in findings] == rules, [str(finding) for finding in findings]
    if marked_places(files):
        assert [place_of(finding) for finding in findings] == marked_places(files)


@pytest.mark.parametrize(
    ("address", "good"),
    [
        ("a@b.lt", True), ("a.b+c@sub.acme.example", True), ("a@xn--eckwd4c7c.xn--zckzah", True), (".a@b.lt", False),
        ("a.@b.lt", False), ("a@-b.lt", False), ("a@b-.lt", False), (f"a@{'b' * 63}.lt", True),
        (f"a@{'b' * 64}.lt", False), ("a@10.0.0.1", False), ("a@b..lt", False),
    ],
)  # fmt: skip
def test_an_address_that_cannot_be(address: str, good: bool) -> None:
    assert (fault_of(address) is None) == good


def test_no_key_and_no_extension_is_ever_a_feature_code() -> None:
    """The codes begin with a star, which alone may be a key, and never begins an extension."""
    assert CODES and all(code.startswith("*") and len(code) > 1 and not KEYS.fullmatch(code) for code in CODES)


def test_a_silent_caller_is_led_on_as_often_as_the_rule_believes() -> None:
    assert MOST_ROUNDS == MOST_TURNS


# Recordings

PLAYS = spoiled(("say: {en: Welcome., lt: Sveiki.}", "play: hello"))
WELL: dict[str, str | bytes] = {f"recordings/{language}/hello.wav": sound() for language in ("en", "lt")}


@dataclass(frozen=True)
class Folder:
    """What is done to a folder of recordings, and what is found then."""

    id: str
    spoil: Callable[[Path], object]
    expected: list[str]


def _write(name: str, content: bytes) -> Callable[[Path], object]:
    def spoil(folder: Path) -> None:
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_bytes(content)

    return spoil


def _link_out(folder: Path) -> None:
    (folder / "recordings/lt/hello.wav").rename(folder.parent / "out.wav")
    (folder / "recordings/lt/hello.wav").symlink_to(folder.parent / "out.wav")


def _folder_out(folder: Path) -> None:
    (folder / "recordings/lt").rename(folder.parent / "lt")
    (folder / "recordings/lt").symlink_to(folder.parent / "lt")


def _link_inside(folder: Path) -> None:
    (folder / "recordings/lt/hello.wav").unlink()
    (folder / "recordings/lt/hello.wav").symlink_to("../en/hello.wav")


FOLDERS = [
    Folder("well", lambda folder: None, []),
    Folder("link-inside", _link_inside, []),
    Folder("link-out", _link_out, ["E102 hello.wav:1:1"]),
    Folder("folder-that-is-a-link-out", _folder_out, ["E102 hello.wav:1:1"]),
    Folder("hidden", _write("recordings/en/.hello.wav.swp", b"x"), []),
    Folder("unused", _write("recordings/en/bye.wav", sound()), ["W445 bye.wav:1:1"]),
    Folder("wrong-case", _write("recordings/en/Hello.wav", sound()), ["W445 Hello.wav:1:1"]),
    Folder("wrong-ending", _write("recordings/en/hello.mp3", b"ID3"), ["W445 hello.mp3:1:1"]),
    Folder("no-such-language", _write("recordings/de/hello.wav", sound()), ["W445 hello.wav:1:1"]),
    Folder("silent", _write("recordings/en/hello.wav", sound(seconds=3, loud=0)), ["W443 site.yaml:6:11"]),
    Folder("long", _write("recordings/en/hello.wav", sound(seconds=61)), ["W444 site.yaml:6:11"]),
    Folder("a-minute", _write("recordings/en/hello.wav", sound(seconds=60)), []),
    Folder("cut-off", _write("recordings/en/hello.wav", sound(seconds=2)[:20_000]), ["E323 site.yaml:6:11"]),
    Folder("empty-file", _write("recordings/en/hello.wav", b""), ["E323 site.yaml:6:11"]),
    Folder("pipe", lambda folder: os.mkfifo(folder / "recordings/en/x.wav"), []),
]


@pytest.mark.parametrize("case", FOLDERS, ids=lambda case: case.id)
def test_what_lies_among_the_recordings(case: Folder, tmp_path: Path) -> None:
    folder = tmp_path / "site"
    folder.mkdir()
    load(folder, {"site.yaml": PLAYS, **WELL})
    case.spoil(folder)
    findings = load_site(folder).findings
    assert [f"{finding.rule} {place_of(finding)}" for finding in findings] == case.expected, list(map(str, findings))


def test_a_misspelt_recording_is_named(tmp_path: Path) -> None:
    load(tmp_path, {"site.yaml": PLAYS, **WELL, "recordings/en/hallo.wav": sound()})
    [finding] = load_site(tmp_path).findings
    assert finding.message == "nobody ever hears recordings/en/hallo.wav"
    assert finding.mend == "did you mean hello.wav? else name it in `play:`, or delete it"
