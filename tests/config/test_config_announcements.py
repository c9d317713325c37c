"""What a text says of keys: read in every language whose words are known, and nowhere guessed."""

from __future__ import annotations

from pathlib import Path

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.findings import Position
from config.languages import SPOKEN
from config.reading.tree import Scalar, locate
from config.reading.yaml_text import parse
from config.rules.announcements import announced, is_read
from config.rules.key_words import KEY_WORDS
from config.rules.text_places import FileText
from tests.config.config_sites import MARK, load, marked_places, place_of, spoiled


def pressed(text: str, language: str = "en") -> str:
    return " ".join(one.key for one in announced(text, language).pressed)


@pytest.mark.parametrize(
    ("language", "text", "keys"),
    [
        ("en", "For invoices, press 1. For support, press 2. For the reception, press 0.", "1 2 0"),
        ("en", "Press one for sales or two for support.", "1 2"),
        ("en", "Press 1 for sales, 2 for support, or 0 for us. Open from 9 to 5, 7 days a week.", "1 2 0"),
        ("en", "For sales press 1, for support 2, for bills 3.", "1 2 3"),
        ("en", "Press 1 for offers, 2 for 1 deals, or 6 to 8 cents.", "1"),
        ("en", "Press 1 for sales. Saturday, 9 to noon.", "1"),
        ("en", "In an emergency dial 1-800-555-0199 or nine one one.", ""),
        ("en", "Press 1, for calls before 5 and after 9.", "1"),
        ("de", "Im Notfall wählen Sie 0 30 89 00 43 33.", ""),
        ("de", "Für Verkauf drücken Sie die 1, für Service die 2, oder die 3, um zu kündigen.", "1 2 3"),
        ("fr", "Composez le 01 44 00 00 00, ou tapez 1 pour nous laisser un message ou 2 pour attendre.", "1 2"),
        ("de", "Drücken Sie 1, um zu kaufen, die 2 für eine Abholung.", "1 2"),
        ("nl", "Kies 1 voor verkoop, 2 voor reparatie of 4 voor onze openingstijden.", "1 2 4"),
        ("pl", "Wciśnij 1, aby zamówić, 2, aby zapłacić.", "1 2"),
        ("ru", "Нажмите 1 для связи с отделом продаж, 2 для поддержки.", "1 2"),
        ("en", "Press 1, 2 or 3, or stay on the line.", "1 2 3"),
        ("en", "To go back, press star; to end, press the pound key.", "* #"),
        ("en", "Press * or #.", "* #"),
        ("en", "For sales dial 1 – for the reception – 0.", "1 0"),
        ("en-GB", "Please press the key number 7.", "7"),
        ("en", "Press 12 for the archive.", "12"),
        ("en", "Press any key. We are open from 9 to 18, on 5 days.", ""),
        ("en", "Press one of the keys.", ""),
        ("en", "The press wrote of 3 of us.", ""),
        ("en", "We have 24 people – 7 of them engineers.", ""),
        ("lt", "Dėl sąskaitų spauskite 1. Dėl pristatymo spauskite 3. Administratorė – 0.", "1 3 0"),
        ("lt", "Paspauskite mygtuką Nr. 5, grįžti – žvaigždutė.", "5 *"),
        ("lt", "Dirbame nuo 9 iki 18 – 5 dienas.", ""),
        ("de", "Für den Verkauf drücken Sie bitte die Eins, für alles andere drücken Sie die Rautetaste.", "1 #"),
        ("de", "Drücken Sie eine Taste.", ""),
        ("de", "Für den Vertrieb wählen Sie bitte die Taste Eins.", "1"),
        ("de", "Für Termine betätigen Sie die Drei, ansonsten die Null.", "3 0"),
        ("de", "Drücken Sie die Eins, sonst 5 Minuten warten.", "1"),
        ("lt", "Jei norite pardavimų, rinkitės vieną; paspaudę 2 pateksite pas Oną.", "1 2"),
        ("ru", "Чтобы поговорить с Анной, набирайте 4, а нажав ноль, вы попадёте к оператору.", "4 0"),
        ("fr", "Pour les ventes, appuyez sur la touche 1. Sinon, tapez étoile.", "1 *"),
        ("fr", "Appuyez sur un des boutons.", ""),
        ("es", "Para ventas, oprima el dos; para volver, pulse asterisco.", "2 *"),
        ("it", "Per le vendite premere il tasto 4, oppure digitare cancelletto.", "4 #"),
        ("pt", "Para vendas, prima a tecla 2. Para repetir, digite cardinal.", "2 #"),
        ("nl", "Voor verkoop toets een. Voor de receptie, druk op de 0.", "1 0"),
        ("pl", "Aby połączyć się z działem, naciśnij 1 lub 2.", "1 2"),
        ("ru", "Для связи с оператором нажмите 0, для повтора нажмите звёздочку.", "0 *"),
        ("uk", "Щоб замовити, натисніть один.", "1"),
        ("lv", "Lai runātu ar operatoru, nospiediet taustiņu nulli.", "0"),
        ("et", "Müügi jaoks vajutage 1, tagasi – tärn.", "1 *"),
        ("sv", "För försäljning, tryck på 2. Annars tryck fyrkant.", "2 #"),
        ("ja", "1 を押してください。 press 1", ""),
        ("en", "Press ４.", ""),
        ("en", "Press 123456789.", ""),
        ("lt", "İ spauskite 1", ""),
    ],
)  # fmt: skip
def test_what_callers_are_told_to_press(language: str, text: str, keys: str) -> None:
    assert pressed(text, language) == keys


@pytest.mark.parametrize("language", sorted(KEY_WORDS))
def test_a_language_has_words_for_every_key(language: str) -> None:
    words = KEY_WORDS[language]
    assert set(words.keys.values()) == set("0123456789*#")
    assert language in SPOKEN and is_read(language) and is_read(f"{language}-XX")
    assert all(word == word.lower() for word in (*words.press, *words.between, *words.keys, *words.also))
    assert not (words.press | words.between) & set(words.keys), "a key that is passed over is never announced"


@given(st.text(max_size=60), st.sampled_from(sorted(KEY_WORDS)))
@settings(deadline=None, max_examples=80)
def test_no_text_is_too_odd_to_be_read(text: str, language: str) -> None:
    said = announced(text, language)
    assert all(0 <= one.index < len(text) and one.key in said.named for one in said.pressed)


# Places within a text


@pytest.mark.parametrize(
    "written",
    [
        "a: Press 1. Press §2.",
        'a: "Press 1. Press §2."',
        "a: 'Press 1. Press §2.'",
        "a: >-\n  Press 1.\n  Press §2.\n",
        "a: |  # a comment\n  Press 1. Press\n\n  §2 now.\n",
        'a: "Press 1.\n  Press §2."',
        "a: Press 1.\n  Press §2.",
        'x: "ą𝄞"\na: {b: "Ačiū – press 1. Press §2."}',
        'a: "Press 1.  Press §2."',
    ],
    ids=lambda text: text[:12],
)
def test_a_word_is_found_where_it_is_written(written: str) -> None:
    [place] = marked_places({"x.yaml": written})
    raw = written.replace(MARK, "")
    node = locate(parse(raw.encode(), "x.yaml").root, ("a", "b")).node
    assert isinstance(node, Scalar)
    found = FileText(raw).within(node.text, node.position, node.text.index("2"))
    assert str(found) == place


@pytest.mark.parametrize("written", ['a: "Press\\n1."', 'a: "Press \\x31."', "a: ''"], ids=repr)
def test_a_word_that_is_written_otherwise_is_placed_at_its_text(written: str) -> None:
    node = locate(parse(written.encode(), "x.yaml").root, ("a",)).node
    assert isinstance(node, Scalar)
    assert FileText(written).within(node.text, node.position, max(node.text.find("1"), 0)) == Position("x.yaml", 1, 4)


# The rules


def _say(en: str, lt: str = "Pardavimai – spauskite 1. Ana – spauskite 2.") -> tuple[str, str]:
    return "say: {en: Welcome., lt: Sveiki.}", f'say:\n      en: "{en}"\n      lt: "{lt}"'


TOLD = "For sales press 1. For Ann press 2."


@pytest.mark.parametrize(
    ("edits", "rules"),
    [
        pytest.param([_say(TOLD)], [], id="all-told"),
        pytest.param([_say(f"{TOLD} Press §3.")], ["W440"], id="dead-key"),
        pytest.param([_say(f"{TOLD} Press §*.")], ["W440"], id="dead-star"),
        pytest.param([_say("For sales press 1."), ("2: {go: ann}", "§2: {go: ann}")], ["W441"], id="untold"),
        pytest.param(
            [_say(TOLD, "Sveiki."), ("1: sales", "§1: sales"), ("2: {go: ann}", "§2: {go: ann}")],
            ["W441", "W441"],
            id="not-in-the-other-language",
        ),
        pytest.param([_say(TOLD), ("2: {go: ann}", "2: {go: ann}\n      9: repeat")], [], id="repeat-need-not-be"),
        pytest.param([_say(f"{TOLD} In an emergency dial 112.")], [], id="telephone-number"),
        pytest.param([_say("Press any key, or dial 112.", "Sveiki.")], [], id="any-key"),
        pytest.param(
            [
                _say(TOLD, "Pardavimai – spauskite 1. Ana – 2. In English, 8."),
                ("2: {go: ann}", "2: {go: ann}\n      8: {language: en}"),
            ],
            [],
            id="language-that-the-caller-has",
        ),
        pytest.param(
            [_say(f"{TOLD} If you must wait there, press 0."), ("closed: hangup", "closed: hangup, leave: {0: ann}")],
            [],
            id="key-of-the-line-behind",
        ),
        pytest.param([_say("For sales press one. Ann has 2.")], [], id="named-somehow"),
        pytest.param([_say("Welcome, you have 2 choices.", "Sveiki.")], [], id="nothing-announced"),
        pytest.param(
            [_say(f"{TOLD} Dial 101 for Ann."), ("    keys:", "    direct_dial: true\n    keys:")], [], id="extension"
        ),
        pytest.param(
            [_say(f"{TOLD} Dial the number, then press pound."), ("    keys:", "    direct_dial: true\n    keys:")],
            [],
            id="end-of-an-extension",
        ),
        pytest.param(
            [_say(f"{TOLD} Dial §199 for Eve."), ("    keys:", "    direct_dial: true\n    keys:")],
            ["W440"],
            id="nobodys-extension",
        ),
        pytest.param(
            [_say(TOLD), ("silence: {go: sales}", "silence: {go: sales, say: {en: Press §4., lt: Alio?}}")],
            ["W440"],
            id="silence",
        ),
        pytest.param(
            [
                _say("For sales press 1.", "Pardavimai – spauskite 1."),
                ("mistake: {go: sales}", "mistake: {go: sales, say: {en: Press 1 or 2., lt: Spauskite 1 arba 2.}}"),
            ],
            [],
            id="told-after-a-mistake",
        ),
    ],
)  # fmt: skip
def test_keys_and_what_is_said_of_them(edits: list[tuple[str, str]], rules: list[str], tmp_path: Path) -> None:
    files: dict[str, str | bytes] = {"site.yaml": spoiled(*edits)}
    findings = load(tmp_path, files).findings
    assert [finding.rule for finding in findings] == rules, [str(finding) for finding in findings]
    assert [place_of(finding) for finding in findings] == marked_places(files)


def test_a_text_from_outside_is_not_quoted(tmp_path: Path) -> None:
    text = spoiled(("say: {en: Welcome., lt: Sveiki.}", "say: {en: '${ENV:S}', lt: Sveiki.}"))
    findings = load(tmp_path, {"site.yaml": text}, {"S": "Press 7."}).findings
    assert [finding for finding in findings if "7" in finding.message] == []
