"""Forms of the editor without a browser: what is shown for a value, and what comes back for what was sent."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.edit.rewrite import content_of, rewrite
from config.findings import Finding, Position
from server.studio.editor.findings import placed, said, way_at
from server.studio.editor.names import Names, names_of
from server.studio.editor.read import FieldUnreadable, Reading
from server.studio.editor.shapes import ENTRIES, LISTED, sections, shape_of
from server.studio.editor.show import ABSENT, Showing
from tests.config.config_sites import GOOD

ROOT = Path(__file__).resolve().parents[2]
NAMES = Names({"languages": ("en", "lt"), "menus": ("main",), "departments": ("sales",), "hours": ("office",)})
TEXTS = [
    *(file.read_text() for file in sorted((ROOT / "config" / "acme").glob("*.yaml"))),
    *re.findall(r"```yaml(?: site)?\n(.*?)```", (ROOT / "docs" / "site.md").read_text(), re.S),
    "menus: {odd: {say: [1], keys: {1: {go: {voicemail: x}, wrong: 1}}, wait: soon, tries: yes, silence: {tries: no}}}",
    "menus: {odd: nothing}\npeople: {x: {phone: '007', departments: sales}}\ncompany: []\nhours: {o: {open: []}}",
]


def things(text: str) -> Iterator[tuple[str, Any]]:
    """Yield everything that has a form: its section and its value."""
    for section, part in content_of(text.encode()).items():
        if section not in sections():
            continue
        if section in ENTRIES and isinstance(part, dict):
            yield from ((section, value) for value in part.values())
        elif section in LISTED and isinstance(part, list):
            yield from ((section, value) for value in part)
        elif section not in ENTRIES:
            yield section, part


def sent(section: str, value: Any, names: Names = NAMES) -> dict[str, str]:
    """Return what a browser sends for the form: every line end as CRLF."""
    fields = Showing(names).control(shape_of(section), value, "v").sent()
    return {name: re.sub("\r\n|\r|\n", "\r\n", text) for name, text in fields}


def read(section: str, now: Any, form: dict[str, str], *, dropped: str = "") -> Any:
    return Reading(form, NAMES, frozenset({dropped} if dropped else ())).value(shape_of(section), now, "v")


@pytest.mark.parametrize("text", TEXTS, ids=range(len(TEXTS)))
def test_an_untouched_form_wants_the_very_same(text: str) -> None:
    for section, value in things(text):
        assert read(section, value, sent(section, value)) is value
        assert len(sent(section, value)) == len(list(Showing(NAMES).control(shape_of(section), value, "v").sent()))


@pytest.mark.parametrize("text", TEXTS[:-2], ids=range(len(TEXTS) - 2))
def test_a_form_that_was_touched_elsewhere_wants_the_same(text: str) -> None:
    """Every group is put together anew here, and nothing of it may change."""
    for section, value in things(text):
        again = read(section, value, sent(section, value), dropped="v.nothing.0")
        assert again == value or (again is ABSENT and not value)


_WORDS = st.sampled_from(
    ["main", "go", "say", "keys", "1", "en", "voicemail", "x\ny", "x\ry", " a ", "", "no", "after", "mail"]
)
_VALUES = st.recursive(
    _WORDS | st.integers(-3, 999) | st.booleans() | st.none() | st.floats(0, 99, width=16),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(_WORDS, inner, max_size=3),
    max_leaves=8,
)


@settings(max_examples=100, deadline=None)
@given(st.sampled_from(["menus", "departments", "hours", "faxboxes", "connectors", "customers", "database"]), _VALUES)
def test_whatever_is_written_an_untouched_form_keeps_it(section: str, value: Any) -> None:
    assert read(section, value, sent(section, value)) is value


KEYS: dict[str, Any] = {"1": "sales", "2": {"go": "main", "as": {"a": "b"}}}
MENU: dict[str, Any] = {"say": {"en": "Hi.", "lt": "Labas."}, "keys": KEYS}
CHANGES = [
    ("another destination stays short", {"v.keys.0.value.go": "main"}, {"keys": {"1": "main", "2": KEYS["2"]}}),
    ("voicemail", {"v.keys.0.value.go": "voicemail:sales"}, {"keys": KEYS | {"1": {"voicemail": "sales"}}}),
    (
        "more than a destination",
        {"v.keys.0.value.language": "lt"},
        {"keys": KEYS | {"1": {"go": "sales", "language": "lt"}}},
    ),
    ("a text", {"v.say.lt": "Sveiki.\r\n"}, {"say": {"en": "Hi.", "lt": "Sveiki."}}),
    ("a text less", {"v.say.lt": ""}, {"say": {"en": "Hi."}}),
    ("another key", {"v.keys.0.key": "4"}, {"keys": {"4": "sales", "2": KEYS["2"]}}),
    ("a key more", {"v.keys.2.key": "3", "v.keys.2.value.go": "back"}, {"keys": KEYS | {"3": "back"}}),
    ("a row left empty", {"v.keys.2.key": "", "v.keys.2.value.go": ""}, {}),
    ("a group", {"v.closed.hours": "office", "v.closed.go": "hangup"}, {"closed": {"hours": "office", "go": "hangup"}}),
    ("a number", {"v.silence.tries": "3"}, {"silence": {"tries": 3}}),
    ("no number", {"v.silence.tries": "often"}, {"silence": {"tries": "often"}}),
    ("a duration", {"v.wait.first_key": "3s", "v.wait.whole": "40"}, {"wait": {"first_key": "3s", "whole": 40}}),
    ("yes", {"v.direct_dial": "true"}, {"direct_dial": True}),
]


@pytest.mark.parametrize(("change", "wanted"), [case[1:] for case in CHANGES], ids=[case[0] for case in CHANGES])
def test_a_touched_field_changes_its_value_and_no_other(change: dict[str, str], wanted: dict[str, Any]) -> None:
    assert read("menus", MENU, sent("menus", MENU) | change) == MENU | wanted


def test_a_row_is_taken_out() -> None:
    assert read("menus", MENU, sent("menus", MENU), dropped="v.keys.0") == MENU | {"keys": {"2": KEYS["2"]}}


def test_a_key_that_is_there_twice_is_said() -> None:
    with pytest.raises(FieldUnreadable, match="twice"):
        read("menus", MENU, sent("menus", MENU) | {"v.keys.0.key": "2"})


def test_a_box_of_names_keeps_their_order() -> None:
    person = {"name": "Ann", "phone": 101, "departments": ["z", "sales"]}
    form = sent("people", person) | {"v.departments.new": "1"}
    form.pop("v.departments.z")
    assert read("people", person, form)["departments"] == ["sales", "new"]


def test_an_extension_stays_a_number() -> None:
    person = {"name": "Ann", "phone": 101}
    assert read("people", person, sent("people", person) | {"v.phone": "102"})["phone"] == 102
    quoted = person | {"phone": "101"}
    assert read("people", quoted, sent("people", quoted) | {"v.phone": "102"})["phone"] == "102"


def test_what_is_unknown_stays() -> None:
    menu = {"sey": "x", "go": "main"}
    assert read("menus", menu, sent("menus", menu) | {"v.go": "sales"}) == {"sey": "x", "go": "sales"}


def test_a_key_changed_in_the_form_is_one_line_of_the_file() -> None:
    raw = (ROOT / "config" / "acme" / "menus.yaml").read_bytes()
    content = content_of(raw)
    names = names_of([content])
    form = sent("menus", content["menus"]["main"], names) | {"v.keys.1.value.go": "contract"}
    value = Reading(form, names).value(shape_of("menus"), content["menus"]["main"], "v")
    changed = rewrite(raw, content | {"menus": content["menus"] | {"main": value}})
    assert changed == raw.replace(b"      2: technical\n", b"      2: contract\n")


@pytest.mark.parametrize(
    ("line", "column", "name"),
    [
        pytest.param(8, 10, "v.keys.0", id="the goal of a key in short"),
        pytest.param(9, 15, "v.keys.1.value.go", id="within a key"),
        pytest.param(6, 29, "v.say.lt", id="a text"),
        pytest.param(10, 15, "v.silence.go", id="in a group"),
        pytest.param(5, 3, "", id="the menu itself"),
        pytest.param(13, 1, None, id="elsewhere"),
    ],
)
def test_a_finding_stands_at_its_field(line: int, column: int, name: str | None) -> None:
    finding = Finding(Position("draft/site.yaml", line, column), "E301", "error", "no")
    menu = content_of(GOOD.encode())["menus"]["main"]
    control = Showing(NAMES).control(shape_of("menus"), menu, "v")
    found = placed(said([finding]), "site.yaml", GOOD.encode(), ("menus", "main"), control)
    if name is None:
        assert len(found.elsewhere) == 1
    else:
        assert [one.rule for one in (found.at(name) if name else found.thing)] == ["E301"]


@pytest.mark.parametrize(
    ("line", "column", "way"),
    [
        (9, 13, ("menus", "main", "keys", "2", "go")),
        (1, 1, ("company",)),
        (15, 99, ("people", "ann", "departments", 0)),
    ],
)
def test_a_place_leads_to_its_thing(line: int, column: int, way: tuple[str | int, ...]) -> None:
    assert way_at(GOOD.encode(), line, column) == way
