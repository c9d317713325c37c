"""Whatever lies in a site's folder: no crash, no long wait, and words that a person understands."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path
from time import process_time

import pytest
from hypothesis import HealthCheck, example, given, settings
from hypothesis import strategies as st

from bench._big_site import write
from config.load import Loaded, load_site
from config.rules.book import RULES
from tests.config.config_sites import GOOD, load, spoiled

#: No site of a person's size may keep the server busy for longer, seconds of processor time.
LONGEST = 1.0


def _rules(loaded: Loaded) -> list[str]:
    return [finding.rule for finding in loaded.findings]


# What YAML 1.1 would read otherwise than it is written


@pytest.mark.parametrize(
    ("edit", "rules"),
    [
        pytest.param(("name: Ann Doe", "name: no"), [], id="no-as-a-name"),
        pytest.param(("name: Ann Doe", "name: On"), [], id="on-as-a-name"),
        pytest.param(("name: Ann Doe", "name: y"), [], id="y-as-a-name"),
        pytest.param(("country: LT", "country: NO"), [], id="norway-is-a-country"),
        pytest.param(("    keys:", "    direct_dial: yeah\n    keys:"), ["E203"], id="not-everything-is-true"),
        pytest.param(("phone: 102", "phone: 0102"), ["E204"], id="octal-is-no-extension"),
        pytest.param(("phone: 102", "phone: 0o146"), ["E204"], id="octal-of-yaml-1.2"),
        pytest.param(("phone: 102", "phone: 0x66"), ["E204"], id="hexadecimal"),
        pytest.param(("phone: 102", "phone: 1_02"), ["E204"], id="underscores"),
        pytest.param(("phone: 102", "phone: 1:42"), ["E204"], id="sexagesimal"),
        pytest.param(("1: sales", "01: sales"), [], id="key-with-a-zero-before"),
        pytest.param(("silence: {go: sales}", "silence: {go: sales, tries: 010}"), ["E204"], id="no-octal-tries"),
        pytest.param(("    keys:", "    wait: {first_key: 1:30}\n    keys:"), ["E204"], id="sexagesimal-seconds"),
        pytest.param(("    keys:", "    wait: {first_key: .inf}\n    keys:"), ["E204"], id="endless"),
        pytest.param(("    keys:", "    wait: {first_key: 1e3}\n    keys:"), ["E204"], id="exponent"),
        pytest.param(('["mon-fri 09:00-18:00"]', "[2026-12-24]"), ["E311"], id="a-date-for-hours"),
    ],
)
def test_words_and_numbers_are_what_they_look_like(edit: tuple[str, str], rules: list[str], tmp_path: Path) -> None:
    loaded = load(tmp_path, {"site.yaml": spoiled(edit)})
    assert _rules(loaded) == rules, [str(finding) for finding in loaded.findings]


@pytest.mark.parametrize(
    ("written", "meant"), [("yes", True), ("on", True), ("no", False), ("off", False), ("true", True)]
)
def test_a_switch_may_be_written_as_people_write_it(written: str, meant: bool, tmp_path: Path) -> None:
    text = spoiled(
        ("    keys:", f"    barge_in: {written}\n    keys:"),
        ("{go: sales}\n    mistake", "{go: sales, tries: 03}\n    mistake"),
    )
    site = load(tmp_path, {"site.yaml": text}).site
    assert site is not None
    assert (site.menus["main"].barge_in, site.menus["main"].silence.tries) == (meant, 3)


def test_no_is_a_country_and_its_numbers_are_read(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"site.yaml": spoiled(("country: LT", "country: NO"), ("+370 5 200 0000", "22 33 44 55"))})
    assert loaded.site is not None and loaded.site.company.country == "NO"


# Folders and files


def _huge(folder: Path) -> None:
    with (folder / "huge.yaml").open("wb") as file:
        file.truncate(100 << 20)


def _deep(folder: Path) -> None:
    (folder / "deep.yaml").write_text("\n".join(" " * n + f"k{n}:" for n in range(900)))


def _laughing(folder: Path) -> None:
    lines = ["a0: &a0 [x, x]", *(f"a{n}: &a{n} [{', '.join([f'*a{n - 1}'] * 9)}]" for n in range(1, 30))]
    (folder / "laughs.yaml").write_text("\n".join(lines))


def _utf_32(folder: Path) -> None:
    (folder / "other.yaml").write_bytes("menus: {}".encode("utf-32"))


def _bom_of_utf_16(folder: Path) -> None:
    (folder / "other.yaml").write_bytes(b"\xff\xfe" + "menus: {}".encode("utf-16-le"))


@pytest.mark.parametrize(
    ("spoil", "rule"),
    [
        pytest.param(_huge, "E103", id="100-MB"),
        pytest.param(_deep, "E106", id="900-deep"),
        pytest.param(_laughing, "E108", id="billion-laughs"),
        pytest.param(_utf_32, "E104", id="utf-32"),
        pytest.param(_bom_of_utf_16, "E104", id="utf-16"),
        pytest.param(lambda folder: (folder / "x.yaml").symlink_to("/etc/hostname"), "E102", id="link-out"),
        pytest.param(lambda folder: (folder / "x.yaml").symlink_to("/dev/zero"), "E102", id="link-to-a-device"),
        pytest.param(lambda folder: os.mkfifo(folder / "x.yaml"), "E101", id="pipe"),
    ],
)
def test_a_folder_is_refused_soon(spoil: Callable[[Path], object], rule: str, tmp_path: Path) -> None:
    (tmp_path / "site.yaml").write_text(GOOD)
    spoil(tmp_path)
    start = process_time()
    loaded = load_site(tmp_path)
    assert process_time() - start < LONGEST
    assert loaded.site is None and rule in _rules(loaded)
    assert all(finding.mend for finding in loaded.findings)


def test_a_file_that_may_not_be_read_is_named_and_the_rest_is_looked_at(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "site.yaml").write_text(spoiled(("phone: 102", "phone: 0102")))
    closed, really = tmp_path / "closed.yaml", os.open
    closed.write_text("menus: {}")

    def may_not(path: Path, flags: int, *mode: int) -> int:  # root may read everything, so the kernel is played here
        if path == closed:
            raise PermissionError(13, "Permission denied", str(path))
        return really(path, flags, *mode)

    monkeypatch.setattr(os, "open", may_not)
    loaded = load_site(tmp_path)
    assert loaded.site is None
    said = [str(finding) for finding in loaded.findings]
    assert any(f"{closed}" in one and "E101" in one and "permission denied" in one for one in said)
    assert "E204" in _rules(loaded)


# Sites that a machine makes: of the right shape, with wrong parts

_NAMES = st.sampled_from(["main", "sales", "ann", "bob", "office", "more", "other", "x", "no", "on", "0101", "Ž", ""])
_ODD = st.sampled_from(
    ["", "~", "true", "no", "0", "-1", "010", "1:30", "1e9", "[]", "{}", "[[]]", "{a: b}", '""', '"§"', "'it is'",
     "99999", "hangup", "back", "repeat", "&a b", "*a", "!t x", "{voicemail: sales}", "{fax: x}", "{menu: main}", "20s",
     "${ENV:A}"]
)  # fmt: skip
_WORDS = st.one_of(_NAMES, _ODD)
_KEYS = st.sampled_from(["1", "2", "12", '"*"', '"#"', "x", "123456789", "01"])
_SAY = st.sampled_from(["Hi.", "{en: Press 1., lt: Spauskite 2.}", "{en: '', xx: b}", '"Press \\t 1"', "{}", "…"])
_HOURS = st.sampled_from(
    [
        '"mon-fri 09:00-18:00"',
        '"mon 09:00-12:00,12:05-13:00"',
        '"daily 00:00-24:00"',
        '"fri-mon 22:00-02:00"',
        "x",
        '"mon 1-2"',
    ]
)


def _braces(made: dict[str, str]) -> str:
    return "{" + ", ".join(f"{key}: {value}" for key, value in made.items()) + "}"


def _flow(**parts: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    """Return mappings that have some of these parts, and perhaps one that there is not."""
    some = st.fixed_dictionaries({}, optional={**parts, "silnce": _WORDS})
    return some.map(_braces)


def _list(items: st.SearchStrategy[str]) -> st.SearchStrategy[str]:
    return st.one_of(_ODD, st.lists(items, max_size=3).map(lambda made: f"[{', '.join(made)}]"))


def _section(items: st.SearchStrategy[str], keys: st.SearchStrategy[str] = _NAMES) -> st.SearchStrategy[str]:
    entries = st.dictionaries(keys, items, max_size=4)
    return entries.map(lambda made: "".join(f"\n  {key or '~'}: {value}" for key, value in made.items()) or " {}")


_GO = st.one_of(_WORDS, _flow(go=_WORDS, language=_WORDS, say=_SAY))
_FAULT = _flow(go=_WORDS, tries=_ODD, say=_SAY)
_MENU = _flow(
    say=_SAY, play=_NAMES, silence=_FAULT, mistake=_FAULT, go=_WORDS, direct_dial=_ODD, barge_in=_ODD,
    keys=st.dictionaries(_KEYS, _GO, max_size=3).map(_braces),
    closed=_flow(hours=_NAMES, go=_WORDS), wait=_flow(between_keys=_ODD),
    collect=_flow(name=_NAMES, go=_WORDS, length=_ODD),
)  # fmt: skip
_DEPARTMENT = _flow(
    hours=_NAMES, closed=_WORDS, nobody=_WORDS, mailbox=_WORDS, skills=_flow(german=_ODD), ring=_WORDS,
    overflow=_flow(after=_ODD, go=_WORDS), full=_flow(size=_ODD, go=_WORDS), leave=_flow(x=_WORDS),
)  # fmt: skip
_SECTIONS: dict[str, st.SearchStrategy[str]] = {
    "menus": _section(_MENU),
    "departments": _section(_DEPARTMENT),
    "people": _section(
        _flow(name=_WORDS, phone=_ODD, departments=_list(_NAMES), no_answer=_WORDS, skills=_flow(german=_ODD))
    ),
    "hours": _section(_flow(open=_list(_HOURS), holidays=_WORDS, closed_on=_list(_ODD), timezone=_WORDS)),
    "mailboxes": _section(
        _flow(mail=_list(_WORDS), greeting=_flow(say=_SAY, play=_NAMES), pin=_ODD, people=_list(_NAMES))
    ),
    "faxboxes": _section(_flow(deliver=_list(_WORDS), people=_list(_NAMES))),
    "numbers": _section(_flow(menu=_NAMES, go=_WORDS, fax=_NAMES, language=_WORDS), st.just('"+370 5 200 0000"')),
    "phrases": _section(_SAY),
    "outbound": _flow(prefixes=_list(_ODD)).map(lambda made: f" {made}"),
    "tests": _list(_flow(name=_WORDS, call=_flow(to=_WORDS, at=_ODD), press=_ODD, expect=_flow(department=_NAMES))).map(
        lambda made: f" {made}"
    ),
}
_SITES = st.fixed_dictionaries({}, optional=_SECTIONS).map(
    lambda made: (
        "company: {name: Acme, languages: [en, lt]}\n" + "".join(f"{key}:{value}\n" for key, value in made.items())
    )
)


@given(_SITES)
@example(GOOD)
@settings(
    deadline=None, max_examples=80, suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
)
def test_no_site_is_too_odd(tmp_path: Path, text: str) -> None:
    (tmp_path / "site.yaml").write_text(text)
    start = process_time()
    loaded = load_site(tmp_path, {"A": "value"})
    assert process_time() - start < LONGEST
    assert (loaded.site is None) == any(finding.severity == "error" for finding in loaded.findings)
    for finding in loaded.findings:
        assert finding.severity == RULES[finding.rule].severity and "\n" not in str(finding)
        assert Path(finding.position.file).is_relative_to(tmp_path)


def test_a_site_as_large_as_may_be_is_checked_within_seconds(tmp_path: Path) -> None:
    """500 menus, 2,000 tests, 10,000 prompts: 0.7 s of a quiet processor, and more of a busy one."""
    write(tmp_path)
    start = process_time()
    loaded = load_site(tmp_path)
    assert process_time() - start < 4
    assert loaded.findings == () and loaded.site is not None
    assert (len(loaded.site.menus), len(loaded.site.tests)) == (500, 2_000)


@pytest.mark.parametrize(
    ("section", "line"),
    [
        pytest.param("menus", "  m{0}: {{go: m{1}}}", id="chain-of-menus"),
        pytest.param("departments", "  d{0}: {{overflow: {{after: 2m, go: d{1}}}}}", id="chain-of-departments"),
        pytest.param("menus", "  m: {{go: {1}}}", id="one-name-again-and-again"),
        pytest.param("menus", "  m{0}: *m{1}", id="aliases"),
    ],
)
def test_a_site_of_thousands_alike_is_checked_soon(section: str, line: str, tmp_path: Path) -> None:
    many = "\n".join(line.format(number, number + 1) for number in range(3_000))
    (tmp_path / "site.yaml").write_text(GOOD.replace(f"{section}:\n", f"{section}:\n{many}\n", 1))
    start = process_time()
    loaded = load_site(tmp_path)
    assert process_time() - start < 5, "it took a minute"
    assert loaded.site is None and len(loaded.findings) < 2_000
