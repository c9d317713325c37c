"""Loading a site: the sample, every mistake at once, plain words, secrets, versions."""

import json
import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from time import process_time
from typing import Any

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

import config
from config.errors import ConfigError, SiteUnusable
from config.findings import Finding, Position
from config.load import load_site, require_site
from config.rules import RULES
from config.schema import Site
from config.source import read_source
from config.tree import plain
from tests.config.config_sites import GOOD, MARK, load, marked_places, place_of, spoiled

ACME = Path(config.__path__[0]) / "acme"


def test_the_sample_site_loads() -> None:
    site = require_site(ACME)
    assert site.company.name == "Acme"
    assert re.fullmatch("[0-9a-f]{12}", site.version)


def test_the_sample_site_has_no_findings() -> None:
    assert [str(finding) for finding in load_site(ACME).findings] == []


def test_the_sample_site_loads_quickly() -> None:
    load_site(ACME)  # the first time imports the country's holidays
    took = []
    for _ in range(5):
        start = process_time()
        load_site(ACME)
        took.append(process_time() - start)
    assert min(took) < 0.150


def test_a_single_file_is_a_site(tmp_path: Path) -> None:
    (tmp_path / "one.txt").write_text(GOOD)
    (tmp_path / "two.yaml").write_text("nonsense: 1")
    assert require_site(tmp_path / "one.txt").people.keys() == {"ann", "bob"}


def test_files_are_merged_by_section_and_entry(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "a.yaml": GOOD,
        "b.yml": "people:\n  cid: {name: Cid Coe, phone: 103}\n",
        "c.yaml": "company: {}\n",
        ".d.yaml": "left: by an editor",
        "notes.txt": "not: ours",
    }
    site = load(tmp_path, files).site
    assert site is not None
    assert list(site.people) == ["ann", "bob", "cid"]


def test_every_mistake_of_every_file_is_told_at_once(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {
        "company.yaml": (
            "company:\n"
            "  name: Acme\n"
            "  contry: LT\n"  # 3:3 unknown
            "  languages: en\n"  # 4:14 no list
            "numbers:\n"
            '  "+370 5 200 0000": {menu: main}\n'
            '  "+370 5 200 0001": {menu: mian}\n'  # 7:29 unknown menu
        ),
        "menus.yaml": (
            "menus:\n"
            "  main:\n"
            "    say: Welcome.\n"
            "    keys:\n"
            "      1: {go: sales, as: {intent: 5}}\n"  # 5:35 no text
            "      1: sales\n"  # 6:7 twice
            "      x: sales\n"  # 7:7 no key
            "    silence: {tries: ten, go: sales}\n"  # 8:22 no number
            "    mistake: {go: sales}\n"
            "  other:\n"
            "    say: Other.\n"
            "    keys: {1: nobody, 2: &x main}\n"  # 12:15 unknown, 12:26 anchor
            "    silence: {go: sales}\n"
            "    mistake: {go: sales}\n"
        ),
        "people.yaml": (
            "departments:\n"
            "  sales: {wrap_up: long}\n"  # 2:20 no duration
            "people:\n"
            "  ann: {name: Ann Doe, phone: 101, departments: [sales]}\n"
            "  bob: {nmae: Bob Roe, phone: 101}\n"  # 5:3 name missing, 5:9 unknown
            "  cid: {name: Cid Coe, phone: 101}\n"  # 6:31 ann's phone
        ),
        "hours.yaml": "hours:\n  office:\n    open: [mon-fri 25:00-26:00]\n",  # 3:12
    }
    findings = load(tmp_path, files).findings
    assert [f"{place_of(finding)} {finding.rule}" for finding in findings] == [
        "company.yaml:3:3 E201",
        "company.yaml:4:14 E203",
        "hours.yaml:3:12 E311",
        "menus.yaml:5:35 E203",
        "menus.yaml:6:7 E109",
        "menus.yaml:7:7 E204",
        "menus.yaml:8:22 E203",
        "menus.yaml:12:26 E108",
        "people.yaml:2:20 E204",
        "people.yaml:5:3 E202",
        "people.yaml:5:9 E201",
        "people.yaml:6:31 E303",
    ]
    (tmp_path / "menus.yaml").write_text(str(files["menus.yaml"]).replace("&x ", ""))
    places = [f"{place_of(finding)} {finding.rule}" for finding in load_site(tmp_path).findings]
    # With every file readable, names are known, and so the unknown ones.
    assert {"company.yaml:7:29 E301", "menus.yaml:12:15 E301"} <= set(places)


@pytest.mark.parametrize(
    ("files", "rules"),
    [
        pytest.param({"a.yaml": GOOD.replace("{go: ann}", "{go: ann, hm: 1}")}, ["E201"], id="bad-menu-is-still-there"),
        pytest.param({"a.yaml": GOOD.replace("phone: 101,", "phone: x,")}, ["E204"], id="bad-person-is-still-there"),
        pytest.param({"a.yaml": GOOD.replace("name: Acme", "nam: Acme")}, ["E202", "E201"], id="bad-company"),
        pytest.param({"a.yaml": GOOD.replace("departments:\n", "departmnts:\n")}, ["E201"], id="misspelt-departments"),
        pytest.param({"a.yaml": GOOD.replace("people:\n", "peple:\n")}, ["E201"], id="misspelt-people"),
        pytest.param({"a.yaml": GOOD.replace("hours:\n", "hour:\n")}, ["E201"], id="misspelt-hours"),
        pytest.param({"a.yaml": GOOD.replace("closed: hangup", "ring:")}, ["E203"], id="nothing-without-a-space"),
        pytest.param(
            {"a.yaml": GOOD.replace("    silence:", "    slnce:\n    silence:")}, ["E201"], id="nothing-unknown"
        ),
        pytest.param({"a.yaml": GOOD.replace("[en, lt]", "[en, lt, xx]")}, ["E317"], id="unspoken-language"),
        pytest.param(
            {"a.yaml": GOOD.replace("phone: 102", "phone: 102, language: xx")}, ["E317"], id="unspoken-person"
        ),
        pytest.param({"a.yaml": "menus: [", "b.yaml": GOOD[GOOD.index("departments") :]}, ["E105"], id="menus-unread"),
        pytest.param(
            {"a.yaml": GOOD.replace("mon-fri", "&a mon-fri", 1).replace('["&a', '[&a "')}, ["E108"], id="anchor"
        ),
        pytest.param({"a.yaml": GOOD.replace("1: sales", "1: *sales")}, ["E108"], id="alias-as-destination"),
        pytest.param({"a.yaml": GOOD.replace("phone: 102", "phone: '${ENV:PHONE}'")}, ["E110"], id="variable-as-phone"),
    ],
)
def test_one_mistake_is_told_once(files: dict[str, str | bytes], rules: list[str], tmp_path: Path) -> None:
    assert [finding.rule for finding in load(tmp_path, files).findings] == rules


@pytest.mark.parametrize(
    ("edit", "words"),
    [
        pytest.param(
            ("    silence:", "    §silnce:"),
            "E201 error: unknown key 'silnce' (did you mean `silence`?)",
            id="key-of-menu",
        ),
        pytest.param(
            ("{menu: main}", "{menu: main, §lang: lt}"),
            "E201 error: unknown key 'lang' (did you mean `language`?)",
            id="key-of-number",
        ),
        pytest.param(
            ("2: {go: ann}", "2: {go: ann, §form: x}"),
            "E201 error: unknown key 'form' "
            "(known here: as, department, fax, go, language, menu, person, say, voicemail)",
            id="key-of-choice",
        ),
        pytest.param(
            ("2: {go: ann}", "2: {§voicemal: ann}"),
            "E201 error: unknown key 'voicemal' (did you mean `voicemail`?)",
            id="kind-of-destination-in-a-choice",
        ),
        pytest.param(
            ("departments:\n", "§department:\n"),
            "E201 error: unknown key 'department' (did you mean `departments`?)",
            id="section",
        ),
        pytest.param(
            ("phones: [ann]", "phones: §ann"),
            "E203 error: a list (`[one, two]`) is expected here, not the text 'ann' (put it in brackets)",
            id="list",
        ),
        pytest.param(
            ("name: Ann Doe", "name: §7"),
            'E203 error: text is expected here, not a number (put it in quotes: "7")',
            id="text",
        ),
        pytest.param(
            ("name: Bob Roe", "§name: "),
            "E203 error: nothing is written for 'name' (write a value, or delete the key)",
            id="nothing",
        ),
        pytest.param(
            ("    keys:", "    §closed:\n    keys:"),
            "E203 error: nothing is written for 'closed' (write a value, or delete the key)",
            id="nothing-that-may-be-left-out",
        ),
        pytest.param(
            ("phone: 102", "phone: $§{ENV:PHONE}"),
            'E105 error: a reference inside { } needs quotes (write "${ENV:NAME}")',
            id="variable-without-quotes",
        ),
        pytest.param(
            ("say: {en: Welcome., lt: Sveiki.}", "say: §12"),
            "E203 error: a text, or a text per language (`{en: …, lt: …}`), is expected here, not a number",
            id="prompt",
        ),
        pytest.param(
            ("1: sales", "1: §[sales]"),
            "E203 error: a destination, or a mapping such as `{go: billing}`, is expected here, not a list",
            id="choice",
        ),
        pytest.param(
            ("    keys:", "    direct_dial: §maybe\n    keys:"),
            "E203 error: true or false is expected here, not the text 'maybe'",
            id="true-or-false",
        ),
        pytest.param(
            ("silence: {go: sales}", "silence: {go: sales, tries: §12}"),
            "E204 error: '12' is outside the limits (write at most 9)",
            id="limit",
        ),
        pytest.param(
            ("{hours: office,", "{hours: office, ring: §linaer,"),
            "E204 error: 'linaer' is not known here (did you mean linear?)",
            id="word",
        ),
        pytest.param(
            ("{hours: office,", "{hours: office, wrap_up: §soon,"),
            "E204 error: 'soon' is no duration (write 20s, 2m or 1h)",
            id="duration",
        ),
        pytest.param(
            ("country: LT", "country: §Lietuva"),
            "E204 error: 'Lietuva' does not have the form needed (write two capital letters such as LT)",
            id="form",
        ),
        pytest.param(
            ("2: {go: ann}", "2: {go: {§voicmail: ann}}"),
            "E204 error: 'voicmail' is no kind of destination (menu, department, person, voicemail or fax)",
            id="kind",
        ),
        pytest.param(
            ("1: sales", "1: §slaes"),
            "E301 error: no menu, department or person 'slaes' (did you mean sales?)",
            id="name",
        ),
        pytest.param(
            ("{menu: main}", "{menu: §sales}"),
            "E301 error: no menu 'sales' ('sales' is a department: write `go: sales`)",
            id="department-for-menu",
        ),
        pytest.param(
            ("closed: hangup", "§ring:"),
            "E203 error: nothing is written for 'ring' (write a value after `ring:` and a space, or delete the key)",
            id="nothing-without-a-space",
        ),
        pytest.param(
            ("name: Bob Roe", "name: §Bob <b>Roe</b>"),
            "E204 error: a person's name cannot contain < > (leave them out)",
            id="sign-in-a-person's-name",
        ),
        pytest.param(
            ("emergency:", "pbx: {trunk: §300.1.1.1}\nemergency:"),
            "E204 error: '300.1.1.1' is no IP address (write one such as 127.0.0.1)",
            id="address",
        ),
        pytest.param(
            ("emergency:", "§pbx: {bind: 127.0.0.2}\nemergency:"),
            "E205 error: the trunk cannot have the address that `bind:` has, 127.0.0.2 "
            "(give one of them another address)",
            id="trunk-is-bind",
        ),
        pytest.param(
            ("emergency:", "pbx: {binary: §asterisk}\nemergency:"),
            "E204 error: 'asterisk' is no absolute path (write one such as /usr/sbin/asterisk)",
            id="binary",
        ),
        pytest.param(
            ("[en, lt]", "[en, lt, §qq]"),
            "E317 error: no voice speaks 'qq' (write a code such as en, lt or de)",
            id="language",
        ),
        pytest.param(
            ("departments: [sales]", "departments: [§123]"),
            "E204 error: '123' is no name (use a-z, 0-9, - and _, starting with a letter, at most 32)",
            id="number-as-name",
        ),
        pytest.param(
            ("1: sales", "1: §123"),
            "E204 error: '123' is no name (use a-z, 0-9, - and _, starting with a letter, at most 32)",
            id="number-as-destination",
        ),
        pytest.param(
            ("say: {en: Welcome., lt: Sveiki.}", 'say: §"Welcome.\n    play: "x"'),
            "E105 error: the quotes that open here close at a wrong place, on line 7 "
            "(close them where the text ends; inside it use other quotes)",
            id="quote-that-swallows-a-line",
        ),
    ],
)
def test_a_mistake_is_told_in_plain_words(edit: tuple[str, str], words: str, tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"site.yaml": spoiled(edit)}
    findings = load(tmp_path, files).findings
    assert f"{tmp_path}/{marked_places(files)[0]}: {words}" in [str(finding) for finding in findings]


def test_who_has_no_emergency_phone_is_told_what_callers_get(tmp_path: Path) -> None:
    (finding,) = load(tmp_path, {"a.yaml": spoiled(("emergency: {phones: [ann]}", "emergency: {}"))}).findings
    assert finding.rule == "W412"
    assert finding.message == "while the server is down no phone rings for 'sales': callers can only leave a message"
    assert finding.mend == "add `emergency: {phones: [ann]}`, or `emergency_phones:` here"


def _paths(node: Any, path: tuple[str | int, ...] = ()) -> Iterator[tuple[str | int, ...]]:
    if path:
        yield path
    children = node.items() if isinstance(node, dict) else enumerate(node) if isinstance(node, list) else ()
    for step, child in children:
        yield from _paths(child, (*path, step))


@pytest.mark.parametrize("wrong", [[], [[]], {"": {}}, {"no": {"such": "thing"}}, -1, "\n", None], ids=repr)
def test_a_wrong_value_anywhere_is_found_there(wrong: object, tmp_path: Path) -> None:
    """Put a wrong value at every place of the site, one by one; JSON is YAML, on one line here."""
    (tmp_path / "good.yaml").write_text(GOOD)
    content = json.dumps(plain(read_source(tmp_path / "good.yaml", {}).root))
    file = tmp_path / "site.yaml"
    for path in _paths(json.loads(content)):
        site = parent = json.loads(content)
        for step in path[:-1]:
            parent = parent[step]
        parent[path[-1]] = MARK
        before, after = json.dumps(site, ensure_ascii=False).split(f'"{MARK}"')
        file.write_text(before + json.dumps(wrong) + after)
        loaded = load_site(file)
        # Some places take an empty list, any text, or nothing; all others must say so where it is.
        if loaded.site is None:
            key = len(json.dumps(path[-1])) + 2 if isinstance(path[-1], str) else 0
            there = range(len(before) - key + 1, len(before) + len(json.dumps(wrong)) + 1)
            # What is left out is missed by its parent (E205).
            assert any(f.position.column in there or f.rule == "E205" for f in loaded.findings), path


def test_a_site_with_errors_is_unusable(tmp_path: Path) -> None:
    with pytest.raises(SiteUnusable, match=r"a\.yaml:1:1: E202 error: key 'company' is missing") as caught:
        load(tmp_path, {"a.yaml": "hours: {}\n"})
        require_site(tmp_path)
    assert isinstance(caught.value, ConfigError)
    assert [finding.rule for finding in caught.value.findings] == ["E202", "E202"]


def test_warnings_leave_a_site_usable(tmp_path: Path) -> None:
    loaded = load(tmp_path, {"a.yaml": spoiled(("mistake: {go: sales}", "mistake: {tries: 1}"))})
    assert loaded.site is not None
    assert [finding.severity for finding in loaded.findings] == ["warning"]


# Secrets


SECRET = "horse'battery\"staple"


def test_secrets_come_from_the_mapping_that_is_passed(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("DB_PASSWORD", "not this one")
    text = GOOD + "database: postgresql://u:${ENV:DB_PASSWORD}@${env:HOST}/x\nweb: {port: '${ENV:PORT}'}\n"
    site = load(tmp_path, {"a.yaml": text}, {"DB_PASSWORD": "s3cret", "HOST": "db", "PORT": "8080"}).site
    assert site is not None
    assert (site.database, site.web.port) == ("postgresql://u:s3cret@db/x", 8080)
    assert [finding.rule for finding in load_site(tmp_path).findings] == ["E110"] * 3


@pytest.mark.parametrize("reference", ["${ENV:}", "${ENV:1A}", "${ENV:A-B}", "${ENV:A B}", "${env:NONE}"])
def test_a_variable_that_is_none_is_told(reference: str, tmp_path: Path) -> None:
    env = {"": "x", "1A": "x", "A-B": "x", "A B": "x"}
    findings = load(tmp_path, {"a.yaml": f'{GOOD}database: "{reference}"\n'}, env).findings
    assert [finding.rule for finding in findings] == ["E110"]


def test_what_only_looks_like_a_variable_is_text(tmp_path: Path) -> None:
    site = load(tmp_path, {"a.yaml": f"{GOOD}database: '$ENV:A ${{A}} ${{ENV:'\n"}).site
    assert site is not None and site.database == "$ENV:A ${A} ${ENV:"


@pytest.mark.parametrize(
    "edit",
    [
        ("1: sales", "1: '${ENV:S}'"),
        ("{go: ann}", "{go: {voicemail: '${ENV:S}'}}"),
        ("{go: ann}", "{go: {'x': '${ENV:S}'}}"),
        ("country: LT", "country: '${ENV:S}'"),
        ("timezone: Europe/Vilnius", "timezone: '${ENV:S}'"),
        ("phone: 102", "phone: '${ENV:S}'"),
        ("hours: office", "hours: '${ENV:S}'"),
        ("holidays: LT", "closed_on: ['${ENV:S}']"),
        ('["mon-fri 09:00-18:00"]', "['${ENV:S}']"),
        ("departments: [sales]", "departments: ['${ENV:S}']"),
        ("{menu: main}", "{menu: main, priority: '${ENV:S}'}"),
        ("{menu: main}", "{menu: main, language: '${ENV:S}'}"),
    ],
    ids=lambda edit: edit[1],
)
@pytest.mark.parametrize("secret", [SECRET, "abc"], ids=["odd", "short"])
def test_no_finding_shows_a_secret(secret: str, edit: tuple[str, str], tmp_path: Path) -> None:
    findings = load(tmp_path, {"a.yaml": spoiled(edit)}, {"S": secret}).findings
    assert findings
    for finding in findings:
        for shown in (secret, repr(secret)[1:-1], json.dumps(secret)[1:-1], "battery"):
            assert shown not in f"{finding.message} {finding.mend}"


# Versions


def _version(folder: Path, name: str, files: dict[str, str | bytes], env: dict[str, str] | None = None) -> str:
    (folder / name).mkdir()
    loaded = load(folder / name, files, env)
    assert loaded.site is not None, loaded.findings
    return loaded.site.version


def test_a_version_changes_with_the_content_only(tmp_path: Path) -> None:
    head, people = GOOD[: GOOD.index("people:")], GOOD[GOOD.index("people:") :]
    first = _version(tmp_path, "first", {"a.yaml": GOOD})
    assert first == _version(tmp_path, "comments", {"a.yaml": "# hello\n" + GOOD.replace("\n", "  # there\n")})
    assert first == _version(tmp_path, "files", {"b.yaml": head, "a.yaml": people})
    assert first == _version(tmp_path, "order", {"a.yaml": people + head})
    assert first != _version(tmp_path, "changed", {"a.yaml": GOOD.replace("Welcome.", "Welcome!")})


def test_a_version_says_nothing_of_secrets(tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"a.yaml": GOOD + "database: x${ENV:S}\n"}
    assert _version(tmp_path, "one", files, {"S": "1"}) == _version(tmp_path, "two", files, {"S": "2"})


# Whatever comes


_ACME_TEXT = "".join(file.read_text() for file in sorted(ACME.glob("*.yaml")))
_cuts = st.lists(
    st.tuples(
        st.integers(0, len(_ACME_TEXT)),
        st.integers(0, 30),
        st.sampled_from(
            ["", " ", "\n", "\t", ":", "- ", "[", "}", "&a", "*", "'", '"', "!x ", "${ENV:A}", "\0", "ą", "1", "main"]
        ),
    ),
    min_size=1,
    max_size=4,
)


@given(st.one_of(st.binary(max_size=300), _cuts))
@settings(deadline=None, max_examples=150, suppress_health_check=[HealthCheck.function_scoped_fixture])
def test_nothing_crashes_the_loader(tmp_path: Path, what: bytes | list[tuple[int, int, str]]) -> None:
    raw = what if isinstance(what, bytes) else _ACME_TEXT.encode()
    if not isinstance(what, bytes):
        text = _ACME_TEXT
        for start, length, new in what:
            text = text[:start] + new + text[start + length :]
        raw = text.encode()
    file = tmp_path / "site.yaml"
    file.write_bytes(raw)
    loaded = load_site(file, {"A": "value"})
    assert (loaded.site is None) == any(finding.severity == "error" for finding in loaded.findings)
    assert list(loaded.findings) == sorted(set(loaded.findings))
    for finding in loaded.findings:
        assert finding.severity == RULES[finding.rule].severity
        assert len(str(finding).splitlines()) == 1 and len(str(finding)) < 1000


def test_a_finding_is_one_line_in_the_form_of_compilers() -> None:
    finding = Finding(Position("a\nb.yaml", 3, 7), "E101", "error", "no\tgood \x1b[31m", "mend it")
    assert str(finding) == "a\\nb.yaml:3:7: E101 error: no\\tgood \\x1b[31m (mend it)"
    assert str(replace(finding, mend="")) == "a\\nb.yaml:3:7: E101 error: no\\tgood \\x1b[31m"


def test_every_form_in_the_schema_is_asked_of_the_whole_text() -> None:
    """A pattern is searched for anywhere in the text, unless it says that it is the whole."""
    patterns = re.findall(r'"pattern": "((?:[^"\\]|\\.)*)"', json.dumps(Site.model_json_schema()))
    assert patterns
    assert [pattern for pattern in patterns if not re.fullmatch(r"\\\\A.*\\\\Z", pattern)] == []
