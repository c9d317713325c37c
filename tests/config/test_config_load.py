"""Loading a site: the sample, every mistake at once, plain words, secrets, versions."""

import re
from pathlib import Path
from time import process_time

import pytest

import config
from config.load import load_site, require_site
from config.phrase_names import IN_WORDS
from tests.config.config_sites import GOOD, load, marked_places, place_of, spoiled

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
        pytest.param({"a.yaml": GOOD.replace("closed: hangup", "ring:")}, ["E105"], id="nothing-without-a-space"),
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
            ("silence: {go: sales}", "silence: §sales"),
            "E203 error: a mapping (`key: value`) is expected here, not the text 'sales' (its keys are go, say, tries)",
            id="mapping",
        ),
        pytest.param(
            ("1: sales", "1: §voicemail sales"),
            "E204 error: 'voicemail sales' is no name (write {voicemail: sales})",
            id="pair-written-as-text",
        ),
        pytest.param(
            ("silence: {go: sales}", "silence: {§go: {voicemail: sales, menu: main}}"),
            "E205 error: a caller goes to one place (write its name, or one pair such as {voicemail: billing})",
            id="two-places",
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
            ("closed: hangup", "ring§:"),
            "E105 error: a colon within brackets needs a space and a value (write `key: value`, or use quotes)",
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
            ("emergency:", "phrases: {§all_buzzy: {en: A., lt: B.}}\nemergency:"),
            f"E318 error: no phrase 'all_buzzy' (did you mean all_busy? known here: {IN_WORDS})",
            id="phrase",
        ),
        pytest.param(
            ("1: sales", "1: {fax: §sales}"),
            "E319 error: no fax box 'sales' (add `faxboxes: {sales: {}}`, or name another)",
            id="fax",
        ),
        pytest.param(
            ("{hours: office, closed: hangup,", "{§hours: office,"),
            "W414 warning: department 'sales' is open outside its hours too: no `closed:` says where callers go "
            "(add `closed: {voicemail: sales}`, `closed: hangup` or another place; or delete `hours:`)",
            id="hours-without-closed",
        ),
        pytest.param(
            ("{hours: office, closed: hangup,", "{§closed: hangup,"),
            "W414 warning: department 'sales' is never closed: no `hours:` say when "
            "(add `hours:`, or delete `closed:`)",
            id="closed-without-hours",
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
