"""Mailboxes and mail in a site: whose they are, what is said of mistakes, and what no finding may show."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path

import pytest

from config.load import load_site
from config.mailboxes import Mailbox
from config.reading.source import read_source
from config.reading.tree import plain
from config.recordings import Recordings
from config.rules.mailboxes import is_guessable
from config.schema import Site
from tests.config.config_sites import GOOD, MARK, load, marked_places, sound, spoiled
from tests.config.mailbox_cases import LED, OWN, PLAYS, SAY, mailboxes

#: A site with a mailbox of every kind, and all that may be said of it.
FULL = spoiled(
    *LED,
    mailboxes(
        f"sales: {{greeting: {{{SAY}}}, closed: {{hours: office, {SAY}}}, least: 2s, longest: 2m, silence: 4s,"
        " keep: 30d, review: false, transcribe: false}",
        "complaints: {name: Complaints, departments: [sales], people: [bob], mail: [boss@acme.example], pin: '4711'}",
    ),
    ("1: sales", "1: {voicemail: complaints}"),
    ("server: mail.acme.example", "server: mail.acme.example, port: 25, user: me, password: hunter, alarm_after: 9m"),
    ("emergency:", "speech: {vosk: {lt: /m/lt}, at_once: 2}\noutbound: {prefixes: ['+370'], at_once: 2}\nemergency:"),
)


def test_a_site_with_everything_has_no_findings(tmp_path: Path) -> None:
    assert [str(finding) for finding in load(tmp_path, {"a.yaml": FULL}).findings] == []


# ---- whose a mailbox is


@pytest.mark.parametrize(
    ("name", "shown", "mail", "departments", "people"),
    [
        pytest.param("sales", "sales", ("sales@acme.example",), ("sales",), (), id="department"),
        pytest.param("ann", "Ann Doe", ("ann@acme.example",), (), ("ann",), id="person"),
        pytest.param("bob", "Bob Roe", (), (), ("bob",), id="person-without-mailbox"),
        pytest.param("complaints", "Complaints", ("boss@acme.example",), ("sales",), ("bob",), id="neither"),
    ],
)
def test_a_mailbox_is_that_of_its_name(
    name: str, shown: str, mail: tuple[str, ...], departments: tuple[str, ...], people: tuple[str, ...], tmp_path: Path
) -> None:
    site = load(tmp_path, {"a.yaml": FULL}).site
    assert site is not None and name in site.mailbox_names
    box = site.mailbox(name)
    assert (box.name, box.mail, box.departments, box.people) == (shown, mail, departments, people)


def test_a_mailbox_survives_being_written_as_json(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": FULL}).site
    assert site is not None
    again = Site.model_validate(json.loads(json.dumps(site.model_dump(mode="json", by_alias=True))))
    assert (again.mailboxes, again.mail, again.speech) == (site.mailboxes, site.mail, site.speech)


# ---- plain words


@pytest.mark.parametrize(
    ("edits", "words"),
    [
        pytest.param(
            [mailboxes(f"sales: {{§greeting: {{{SAY}, play: hello}}}}")],
            "E205 error: a greeting is spoken or recorded, not both (delete `say:` or `play:`)",
            id="greeting-twice",
        ),
        pytest.param(
            [mailboxes("sales: {§closed: {hours: office}}")],
            "E205 error: outside the hours callers would hear nothing else (add `say:` or `play:`)",
            id="closed-greeting-with-nothing",
        ),
        pytest.param(
            [mailboxes("§sales: {least: 9, longest: 8}")],
            "E205 error: no message is long enough and short enough (make `least` smaller than `longest`)",
            id="lengths",
        ),
        pytest.param(
            [("\nmail: {", "\n§mail: {user: me, ")],
            "E205 error: `user` and `password` go together (write both or neither)",
            id="user-alone",
        ),
        pytest.param(
            [("server: mail.acme.example", "server: §https://acme")],
            "E204 error: 'https://acme' does not have the form needed "
            "(write the name or address of a machine, such as mail.acme.example)",
            id="server",
        ),
        pytest.param(
            [mailboxes(OWN), ("1: sales", "1: §complaints")],
            "E301 error: no menu, department or person 'complaints' "
            "('complaints' is a mailbox: write `{voicemail: complaints}`)",
            id="mailbox-as-a-destination",
        ),
        pytest.param(
            [mailboxes(OWN), ("1: sales", "1: {voicemail: §complains}")],
            "E310 error: no department, person or mailbox 'complains', so there is no voicemail of it "
            "(did you mean complaints?)",
            id="unknown-mailbox",
        ),
        pytest.param(
            [mailboxes("complaints: {people: [§anne]}")],
            "E320 error: no person 'anne' (did you mean ann?)",
            id="reader",
        ),
        pytest.param(
            [mailboxes("§sails: {}")],
            "E321 error: mailbox 'sails' belongs to nobody "
            "(did you mean sales? else say who reads it: add `departments:` or `people:`)",
            id="nobody's",
        ),
        pytest.param(
            [("1: sales", "1: {voicemail: §bob}")],
            "W408 warning: nobody is mailed the messages for 'bob': its mailbox has no address "
            "(add `mailboxes: {bob: {mail: [ADDRESS]}}`; or `mail: []` to its mailbox if that is meant)",
            id="person-without-address",
        ),
        pytest.param(
            [(", mailbox: sales@acme.example", ""), ("1: sales", "1: {voicemail: §sales}")],
            "W408 warning: nobody is mailed the messages for 'sales': its mailbox has no address "
            "(add `mailbox:` to department sales; or `mail: []` to its mailbox if that is meant)",
            id="department-without-address",
        ),
        pytest.param(
            [
                ("mail: {server: mail.acme.example, sender: switchroom@acme.example}\n", ""),
                ("mailbox: sales", "§mailbox: sales"),
            ],
            "W415 warning: nobody is mailed: there are addresses, but no `mail:` section says which server takes the "
            "mail (add `mail: {server: …, sender: …}`, or delete the addresses)",
            id="no-server",
        ),
        pytest.param(
            [mailboxes("sales: {§pin: 1234}")],
            "W416 warning: the PIN of mailbox 'sales' is one of the first that a stranger tries "
            "(choose digits that follow no rule and are nobody's extension)",
            id="pin",
        ),
        pytest.param(
            [("server: mail", "§security: none, user: u, password: hunter, server: mail")],
            "W417 warning: the password is sent to 'mail.acme.example' where everybody on the way can read it "
            "(write `security: starttls`, or `tls`)",
            id="password-in-the-open",
        ),
        pytest.param(
            [mailboxes("§bob: {}")],
            "W419 warning: nothing leads to mailbox 'bob' "
            "(add `no_answer: {voicemail: bob}` to the person, or delete it)",
            id="nothing-leads-there",
        ),
    ],
)
def test_a_mistake_is_told_in_plain_words(edits: list[tuple[str, str]], words: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"site.yaml": spoiled(*edits)}
    findings = load(tmp_path, files).findings
    assert f"{tmp_path}/{marked_places(files)[0]}: {words}" in [str(finding) for finding in findings]


def test_where_addresses_have_no_server_is_said_once(tmp_path: Path) -> None:
    text = spoiled(*LED, mailboxes(), ("mail: {server: mail.acme.example, sender: switchroom@acme.example}\n", ""))
    assert [finding.rule for finding in load(tmp_path, {"a.yaml": text}).findings] == ["W415"]


@pytest.mark.parametrize(
    "entry",
    ["sales: {keep: long}", "sales: {mail: boss@acme.example}", "sales: {review: perhaps}", "sales: 4711"],
)
def test_a_bad_mailbox_is_told_once_and_hides_nothing(entry: str, tmp_path: Path) -> None:
    text = spoiled(*LED, mailboxes(entry, "ghost: {}"))
    assert sorted(finding.rule for finding in load(tmp_path, {"a.yaml": text}).findings)[1:] == ["E321"]


@pytest.mark.parametrize("section", ["mailboxes", "mail"])
def test_a_bad_section_has_no_consequences(section: str, tmp_path: Path) -> None:
    text = FULL.replace(f"\n{section}:", f"\n{section}: []\n{section[:-1]}_:", 1)
    findings = {finding.rule for finding in load(tmp_path, {"a.yaml": text}).findings}
    assert findings <= {"E201", "E203"} | ({"E310"} if section == "mailboxes" else set())


@pytest.mark.parametrize("wrong", [[], [[]], {"": {}}, {"no": {"such": "thing"}}, -1, "\n", None], ids=repr)
def test_a_wrong_value_anywhere_is_found_there(wrong: object, tmp_path: Path) -> None:
    (tmp_path / "full.yaml").write_text(FULL)
    content = plain(read_source(tmp_path / "full.yaml", {}).root)
    file = tmp_path / "site.yaml"
    for section in ("mailboxes", "mail", "speech", "outbound"):
        for path in _paths(content[section], (section,)):
            site = parent = json.loads(json.dumps(content))
            for step in path[:-1]:
                parent = parent[step]
            parent[path[-1]] = MARK
            before, after = json.dumps(site, ensure_ascii=False).split(f'"{MARK}"')
            file.write_text(before + json.dumps(wrong) + after)
            loaded = load_site(file)
            if loaded.site is None:
                key = len(json.dumps(path[-1])) + 2 if isinstance(path[-1], str) else 0
                there = range(len(before) - key + 1, len(before) + len(json.dumps(wrong)) + 1)
                # What is left out may be missed by its parent (E205) or by those who need it (E310).
                assert any(f.position.column in there or f.rule in ("E205", "E310") for f in loaded.findings), path


def _paths(node: object, path: tuple[str | int, ...]) -> list[tuple[str | int, ...]]:
    children = list(node.items()) if isinstance(node, dict) else list(enumerate(node)) if isinstance(node, list) else []
    return [path, *(deeper for step, child in children for deeper in _paths(child, (*path, step)))]


# ---- secrets


@pytest.mark.parametrize(
    "written",
    [
        "pin: 86", "pin: '86'", "pin: 86420975310864", "pin: x86420", "pin: -86420", "pin: 86420.5", "pin: [86420]",
        "pin: {86420: 1}", "pin: {86420}", "pin: *86420", "pin: &86420 7", "pin: !86420 7", "pin: !!86420", "pin:86420",
        "pin: '1111', pin: 86420", "pin: '86420", "pin: @86420", "pin: %86420", "pin: ${ENV:PIN}", "pin: '${ENV:PIN}'",
    ],
)  # fmt: skip
def test_no_finding_shows_a_pin(written: str, tmp_path: Path) -> None:
    text = spoiled(mailboxes(f"sales: {{{written}}}"))
    _shows_nothing_of("86", text, {"PIN": "8642x"}, tmp_path)


def test_no_finding_shows_a_guessable_pin(tmp_path: Path) -> None:
    _shows_nothing_of("8765", spoiled(mailboxes("sales: {pin: '8765'}")), {}, tmp_path)


@pytest.mark.parametrize(
    "written",
    [
        "password: 8642097", "password: [hunter]", "password: {hunter: 1}", "password: {hunter}", "password: *hunter",
        "password: &hunter x", "password: !hunter", "password:hunter", "password: hunter", "password: 'hunter",
        "password: '${ENV:MAIL}'",
    ],
)  # fmt: skip
def test_no_finding_shows_a_password(written: str, tmp_path: Path) -> None:
    text = spoiled(("mail: {", f"mail: {{security: none, {written}, "))
    for secret in ("hunter", "8642097"):
        _shows_nothing_of(secret, text, {"MAIL": "hunter2"}, tmp_path)


def _shows_nothing_of(secret: str, text: str, env: dict[str, str], folder: Path) -> None:
    findings = load(folder, {"a.yaml": text}, env).findings
    assert findings
    for finding in findings:
        assert secret not in f"{finding.message} {finding.mend}"


def test_a_key_that_swallowed_a_pin_is_told_how_to_be_mended(tmp_path: Path) -> None:
    (finding,) = load(tmp_path, {"a.yaml": spoiled(*LED, mailboxes("sales: {pin:86420}"))}).findings
    assert str(finding).endswith("E201 error: unknown key 'pin:…' (write a space after `pin:`)")


def test_no_secret_is_in_what_a_part_shows_of_itself(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": FULL}).site
    assert site is not None
    assert "hunter" not in repr(site) and "4711" not in repr(site)


@pytest.mark.parametrize(
    ("pin", "guessable"),
    [
        ("0000", True), ("999999", True), ("0123", True), ("8901", True), ("3210", True), ("1098", True),
        ("101101", False), ("0101", True), ("00101", True), ("1010", False), ("1357", False), ("4711", False),
    ],
)  # fmt: skip
def test_pins_that_are_tried_first(pin: str, guessable: bool) -> None:
    assert is_guessable(pin, {"101", "102"}) is guessable


# ---- recordings


def test_a_single_file_is_not_asked_for_recordings(tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(spoiled(*LED, *PLAYS).replace(MARK, ""))
    assert [finding.rule for finding in load_site(tmp_path).findings] == ["E323"]
    assert load_site(tmp_path / "site.yaml").findings == ()


@pytest.mark.parametrize(
    ("files", "words"),
    [
        pytest.param(
            {},
            "there is no recording 'hello' in en, lt: callers would hear nothing "
            "(add recordings/en/hello.wav, … with 8 kHz, 16 bit, mono)",
            id="nowhere",
        ),
        pytest.param(
            {"recordings/en/hello.wav": sound()},
            "there is no recording 'hello' in lt: callers would hear nothing "
            "(add recordings/lt/hello.wav with 8 kHz, 16 bit, mono)",
            id="one-language",
        ),
        pytest.param(
            {"recordings/en/hello.wav": sound(hertz=48000, channels=2), "recordings/lt/hello.wav": sound()},
            "recordings/en/hello.wav cannot be played: it has 48000 Hz, 16 bit, 2 channels "
            "(save it with 8 kHz, 16 bit, mono)",
            id="studio-quality",
        ),
        pytest.param(
            {"recordings/en/hello.wav": b"RIFF", "recordings/lt/hello.wav": sound()},
            "recordings/en/hello.wav cannot be played: it cannot be read as sound (it ends too early) "
            "(save it with 8 kHz, 16 bit, mono)",
            id="cut-off",
        ),
    ],
)
def test_a_recording_is_missed_in_plain_words(files: dict[str, str | bytes], words: str, tmp_path: Path) -> None:
    findings = load(tmp_path, {"site.yaml": spoiled(*LED, *PLAYS), **files}).findings
    assert [str(finding).partition(" error: ")[2] for finding in findings] == [words]


@pytest.mark.parametrize("suffix", ["gsm", "ulaw", "alaw", "g722", "sln", "sln16"])
def test_what_asterisk_plays_without_a_header_will_do(suffix: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {f"recordings/{language}/hello.{suffix}": b"\0" for language in ("en", "lt")}
    assert load(tmp_path, {"site.yaml": spoiled(*LED, *PLAYS), **files}).findings == ()


def test_a_recording_that_cannot_be_looked_at_is_not_there(tmp_path: Path) -> None:
    (tmp_path / "recordings").write_text("no folder")
    assert not Recordings(tmp_path).has("en", "hello")


# ---- the way back


@pytest.mark.parametrize(
    "edit",
    [
        pytest.param(lambda text: text.replace("closed: hangup", "closed: repeat"), id="closed"),
        pytest.param(lambda text: text.replace("closed: hangup", "closed: hangup, nobody: repeat"), id="nobody"),
        pytest.param(
            lambda text: text.replace("closed: hangup", "closed: hangup, overflow: {after: 9s, go: repeat}"),
            id="overflow",
        ),
        pytest.param(lambda text: text.replace("phone: 101", "no_answer: repeat, phone: 101"), id="person"),
    ],
)
def test_the_menu_heard_last_may_be_repeated(edit: Callable[[str], str], tmp_path: Path) -> None:
    """From a department or person `repeat` is the menu before, not the place itself."""
    text = edit(GOOD)
    assert text != GOOD
    assert [str(finding) for finding in load(tmp_path, {"a.yaml": text}).findings] == []


def test_a_mailbox_may_be_left_to_its_defaults() -> None:
    box = Mailbox()
    assert (box.least, box.longest, box.silence, box.keep, box.review, box.pin) == (1.0, 180.0, 5.0, 90, True, None)
