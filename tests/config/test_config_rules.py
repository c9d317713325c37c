"""Every rule of the catalogue: one site that breaks it, with the exact place, and one that does not."""

from dataclasses import dataclass, field

from tests.config.config_sites import GOOD, sound, spoiled


@dataclass(frozen=True)
class Case:
    """A rule, files that break it at the marks, and files that keep it (the good site where left out)."""

    rule: str
    bad: dict[str, str | bytes]
    good: dict[str, str | bytes] = field(default_factory=lambda: {"site.yaml": GOOD})
    name: str = ""
    env: dict[str, str] = field(default_factory=dict)


def _bad(rule: str, *edits: tuple[str, str], keeps: tuple[tuple[str, str], ...] = (), name: str = "") -> Case:
    return Case(rule, {"site.yaml": spoiled(*edits)}, {"site.yaml": spoiled(*keeps)}, name)


KEYS_1 = "1: sales"
SALES = "sales: {hours: office, closed: hangup, mailbox: sales@acme.example}"
ANOTHER_MENU = """\
  more:
    say: {en: More., lt: Daugiau.}
    keys: {1: sales}
    silence: {go: sales}
    mistake: {go: sales}
"""
OTHER_DEPARTMENT = "\n  other: {overflow: {after: 60s, go: %s}}"
IN_BOTH = ("departments: [sales]", "departments: [sales, other]")
TO_OTHER = ("{go: ann}", "other")

CASES = [
    Case("E103", {"site.yaml": GOOD, "site2.yaml": "#" * ((1 << 20) + 1)}, name="file"),
    Case("E103", {f"{n}.yaml": "#" * (1 << 20) for n in range(5)}, name="site"),
    Case("E103", {f"{n:03}.yaml": "" for n in range(101)}, name="files"),
    Case("E104", {"site.yaml": "company: {name: Müller}".encode("latin-1")}, name="latin-1"),
    Case("E104", {"site.yaml": b"\x89PNG\r\n\x1a\n\0\0"}, name="picture"),
    Case("E104", {"site.yaml": GOOD.encode("utf-16")}, name="utf-16"),
    Case("E104", {"site.yaml": GOOD + "#§\0"}, name="nul"),
    Case("E104", {"site.yaml": GOOD + "# ü §\x07"}, name="bell"),
    Case("E105", {"site.yaml": GOOD + "§\tphrases: {}"}, name="tab"),
    Case("E105", {"site.yaml": "menus:\n§\tmain: {}\n"}, name="tab-indent"),
    Case("E105", {"site.yaml": "company:\n  name: Acme\n   country§: LT\n"}, name="indented-too-far"),
    Case("E105", {"site.yaml": "company:\n    name: Acme\n  §country: LT\n"}, name="indented-too-little"),
    Case("E105", {"site.yaml": 'company: {name: §"Acme}\n'}, name="quote"),
    Case(
        "E105",
        {"site.yaml": spoiled(("say: {en: Welcome.,", 'say: {en: §"Welcome., lt: "Sveiki.", x:'))},
        name="quote-in-line",
    ),
    Case(
        "E105",
        {"site.yaml": spoiled(("say: {en: Welcome., lt: Sveiki.}", 'say: §"Welcome\n    play: "x"'))},
        name="quote-that-swallows-a-line",
    ),
    Case(
        "E105",
        {"site.yaml": spoiled(('"+370 5 200 0000":', '§"+370 5 200 0000: {menu: main}\n  "+370 5 200 0001":'))},
        name="quote-of-a-key",
    ),
    Case("E105", {"site.yaml": spoiled(("Ann Doe", "§'Ann D'oe'"))}, name="quote-in-quotes"),
    Case("E105", {"site.yaml": "company: {name: Acme\nmenus§: {}\n"}, name="brace"),
    Case("E105", {"site.yaml": "menus: {main: {say: a}}§}\n"}, name="brace-too-many"),
    Case("E105", {"site.yaml": "company: {name: §@cme}\n"}, name="at-sign"),
    Case("E105", {"site.yaml": "company:\n  name: Acme§: the best\n"}, name="colon"),
    Case("E105", {"site.yaml": 'company: {name: "\\UFFFFFFFF"}\n'}, name="impossible-escape"),
    Case("E106", {"site.yaml": "menus: " + "[" * 11 + "§[" + "]" * 12}, name="brackets"),
    Case("E106", {"site.yaml": "menus: " + "[" * 11 + "§" + "[" * 200_001}, name="brackets-without-end"),
    Case("E106", {"site.yaml": "\n".join(" " * n + "a:" for n in range(12)) + "\n" + " " * 12 + "§a: 1"}, name="lines"),
    Case("E107", {"site.yaml": "menus: [" + "1," * 200_001 + "]"}),
    Case("E108", {"site.yaml": spoiled((KEYS_1, "1: §&x sales"))}, name="anchor"),
    Case("E108", {"site.yaml": spoiled((KEYS_1, "1: §*x"))}, name="alias"),
    Case("E108", {"site.yaml": spoiled((KEYS_1, "1: §!!python/name:os.system sales"))}, name="tag"),
    Case("E108", {"site.yaml": spoiled(("    keys:", "    §<<: {}\n    keys:"))}, name="merge-key"),
    Case("E108", {"site.yaml": "§%YAML 1.1\n---\n" + GOOD}, name="directive"),
    Case(
        "E108",
        {
            "site.yaml": "a: §&a [x]\n"
            + "".join(f"{b}: §&{b} [§*{a},§*{a}]\n" for a, b in zip("abcd", "bcde", strict=True))
        },
        name="billion-laughs",
    ),
    Case("E109", {"site.yaml": spoiled(("2: {go: ann}", "§1: ann"))}, name="same-mapping"),
    Case("E109", {"site.yaml": spoiled(("2: {go: ann}", '§"1": ann'))}, name="once-in-quotes"),
    Case("E109", {"a.yaml": GOOD, "b.yaml": "hours:\n  §office: {open: []}\n"}, name="two-files"),
    Case("E109", {"a.yaml": GOOD, "b.yaml": "§company: Acme\n"}, name="two-kinds"),
    Case(
        "E110",
        {"site.yaml": GOOD + "database: §postgresql://x:${ENV:PASWORD}@db/x\n"},
        {"site.yaml": GOOD + "database: postgresql://x:${ENV:PASSWORD}@db/x\n"},
        env={"PASSWORD": "correct horse"},
    ),
    Case("E111", {"site.yaml": "§- a\n- b\n"}, name="list"),
    Case("E111", {"site.yaml": "§just words\n"}, name="text"),
    Case("E111", {"site.yaml": GOOD + "§---\na: b\n"}, name="two-documents"),
    Case("E111", {"site.yaml": GOOD + "? §[a]\n: b\n"}, name="list-as-key"),
    _bad("E201", ("    silence:", "    §silnce:"), name="menu"),
    _bad("E201", ("name: Acme", "§nam: Acme"), name="company"),
    _bad("E201", ("hours:\n", "§hour:\n"), name="section"),
    _bad("E201", ("emergency:", "§version: 1\nemergency:"), name="version"),
    _bad("E105", ("closed: hangup", "ring§:"), name="nothing-without-a-space"),
    _bad("E202", (", phone: 102", ""), ("bob:", "§bob:"), name="phone"),
    _bad("E202", ("name: Acme, ", ""), ("company:", "§company:"), name="company-name"),
    _bad("E203", ("phones: [ann]", "phones: §ann"), name="list"),
    _bad("E203", ("name: Ann Doe", "name: §7"), name="text"),
    _bad("E203", ("say: {en: Welcome., lt: Sveiki.}", "say: §[Welcome]"), name="prompt"),
    _bad("E203", (KEYS_1, "1: §[sales]"), name="choice"),
    _bad("E203", ('numbers:\n  "+370 5 200 0000": {menu: main}', "§numbers:"), name="empty-section"),
    _bad("E204", ("country: LT", "country: §lt"), name="pattern"),
    _bad("E204", ("timezone: Europe/Vilnius", "timezone: §Europe/Wilna"), name="time-zone"),
    _bad("E204", ("phone: 102", "phone: §7"), name="extension"),
    _bad("E204", ("2: {go: ann}", "§x: {go: ann}"), name="key"),
    _bad("E204", ("2: {go: ann}", "2: {go: {§voicmail: ann}}"), name="destination"),
    _bad("E204", ("silence: {go: sales}", "silence: {go: sales, tries: §0}"), name="limit"),
    _bad("E204", ("hours: office, ", "hours: office, ring: §longest, "), name="one-of"),
    _bad("E204", ("mailbox: sales@acme.example", r'mailbox: §"x@y\nBcc: z"'), name="line-in-address"),
    _bad("E204", ("name: Bob Roe", "name: §Bob <b>Roe</b>"), name="sign-in-a-person's-name"),
    _bad("E204", ("  bob:", "  §trunk:"), name="person-called-as-a-part-of-asterisk"),
    _bad("E204", ("hours: office,", "hours: §123,"), name="number-as-name"),
    _bad("E204", ("2: {go: ann}", "2: {go: {voicemail: §123}}"), name="number-as-owner-of-a-mailbox"),
    _bad("E204", ("  sales:", "  §123:"), name="number-as-department"),
    _bad("E204", ("emergency:", "pbx: {trunk: §300.1.1.1}\nemergency:"), name="trunk"),
    _bad("E204", ("emergency:", "pbx: {trunk: §10.0.0.0/8}\nemergency:"), name="network-as-trunk"),
    _bad("E204", ("emergency:", "pbx: {bind: §1.2.3}\nemergency:"), name="bind-of-pbx"),
    _bad("E204", ("emergency:", "web: {bind: §dead:beef}\nemergency:"), name="bind-of-web"),
    _bad("E204", ("emergency:", "pbx: {binary: §sbin/asterisk}\nemergency:"), name="binary"),
    _bad(
        "E205",
        ("emergency:", "§pbx: {trunk: '0:0::1', bind: '::1'}\nemergency:"),
        keeps=(("emergency:", "pbx: {trunk: '::2', bind: '::1', binary: /usr/sbin/asterisk}\nemergency:"),),
        name="trunk-is-bind",
    ),
    _bad("E205", ("{menu: main}", "{menu: main, go: sales}"), ('"+370', '§"+370'), name="number"),
    _bad("E205", ("    keys:", "    go: sales\n    keys:"), ("  main:", "  §main:"), name="menu"),
    _bad("E301", (KEYS_1, "1: §sails"), name="short"),
    _bad("E301", ("{go: ann}", "{go: §nobody}"), name="long"),
    _bad("E301", ("{menu: main}", "{menu: §sales}"), name="menu-that-is-a-department"),
    _bad("E301", ("{go: ann}", "{go: {person: §sales}}"), name="kind"),
    _bad("E301", ("closed: hangup", "closed: hangup, leave: {0: §nobody}"), name="leave-key"),
    _bad("E302", ("  bob:", "  §sales:"), name="person-and-department"),
    _bad("E302", (SALES, SALES + "\n  §main: {}"), name="menu-and-department"),
    _bad("E303", ("phone: 102", "phone: §101")),
    _bad("E304", ("[sales]}\n  bob", "[sales, §sails]}\n  bob")),
    _bad("E305", ("hours: office", "hours: §offices"), name="department"),
    _bad("E305", ("    keys:", "    closed: {hours: §night, go: sales}\n    keys:"), name="menu"),
    _bad("E306", ('"+370 5 200 0000"', '§"12"')),
    _bad(
        "E307",
        ("{menu: main}", '{menu: main}\n  §"00 370 5 2000000": {menu: main}'),
        keeps=(("{menu: main}", '{menu: main}\n  "00 370 5 2000001": {menu: main}'),),
    ),
    _bad(
        "E308",
        ("{menu: main}", "{menu: a}"),
        ("menus:\n", "menus:\n  a: {go: §b}\n  b: {go: a}\n"),
        keeps=(("{go: ann}", "a"), ("menus:\n", "menus:\n  a: {go: b}\n  b: {go: back}\n")),
        name="go",
    ),
    _bad("E308", ("{menu: main}", "{menu: a}"), ("menus:\n", "menus:\n  a: {go: §repeat}\n"), name="repeat"),
    _bad(
        "E308",
        ("    keys:", "    closed: {hours: office, go: §sales}\n    keys:"),
        ("closed: hangup", "closed: main"),
        keeps=(
            ("    keys:", "    closed: {hours: office, go: sales}\n    keys:"),
            ("closed: hangup", "closed: main"),
            ("{hours: office, closed", "{hours: night, closed"),
            ("hours:\n  office", "hours:\n  night: {open: [daily 00:00-24:00]}\n  office"),
        ),
        name="closed",
    ),
    _bad("E308", ("closed: hangup", "closed: hangup, nobody: §sales"), name="nobody"),
    _bad(
        "E308",
        ("{menu: main}", "{menu: a}"),
        ("menus:\n", "menus:\n  a: {go: §sales}\n"),
        ("closed: hangup", "closed: repeat"),
        keeps=(("closed: hangup", "closed: hangup, nobody: repeat, full: {size: 9, go: repeat}"),),
        name="repeat-of-the-menu-before",
    ),
    _bad("E309", ("    keys:", "    closed: {hours: office, go: §main}\n    keys:"), name="menu"),
    _bad("E309", ("    keys:", "    closed: {hours: office, go: §repeat}\n    keys:"), name="repeat"),
    _bad(
        "E309",
        ("closed: hangup", "closed: §sales"),
        keeps=(("closed: hangup", "closed: repeat"),),
        name="department",
    ),
    _bad(
        "E310",
        ("{go: ann}", "{go: {voicemail: §anne}}"),
        keeps=(
            ("{go: ann}", "{go: {voicemail: ann}}"),
            ("mail: {", "mailboxes: {ann: {mail: [ann@acme.example]}}\nmail: {"),
        ),
        name="voicemail",
    ),
    _bad("E311", ('"mon-fri 09:00-18:00"', '§"mon-fri 9-18"'), name="times"),
    _bad("E311", ('"mon-fri 09:00-18:00"', '§"weekdays 09:00-18:00"'), name="days"),
    _bad("E311", ("holidays: LT", "holidays: §ZZ"), name="country"),
    _bad("E311", ("holidays: LT", "closed_on: [§2026-02-30]"), name="no-date"),
    _bad("E311", ("holidays: LT", "open_on: {2026-12-24: §late}"), name="open-on"),
    _bad(
        "E311",
        ("holidays: LT", "open_on: {§2026-02-29: 10:00-12:00}"),
        keeps=(("holidays: LT", "open_on: {2028-02-29: 10:00-12:00}"),),
        name="open-on-no-date",
    ),
    _bad("E312", ("{menu: main}", "{menu: main, language: §de}"), name="number"),
    _bad(
        "E312", (KEYS_1, "1: {language: §ru, go: sales}"), keeps=((KEYS_1, "1: {language: lt, go: sales}"),), name="key"
    ),
    _bad("E313", ("phones: [ann]", "phones: [ann, §alice]"), name="site"),
    _bad("E313", ("closed: hangup", "closed: hangup, emergency_phones: [§carol]"), name="department"),
    _bad(
        "E314",
        ("{go: ann}", "code"),
        (
            "departments:\n",
            '  code: {say: {en: Code., lt: Kodas.}, collect: {name: code, length: 2, starts_with: ["12", §"123"],'
            " go: sales}, silence: {go: sales}, mistake: {go: sales}}\ndepartments:\n",
        ),
    ),
    _bad("E315", ("{menu: main}", "{go: §back}")),
    _bad("E316", ("country: LT", "country: §XX")),
    _bad("E317", ("[en, lt]", "[en, lt, §qq]"), name="company"),
    _bad("E317", ("[en, lt]", "[en, lt, §xx]"), name="company-by-our-own-sign"),
    _bad("E317", ("{menu: main}", "{menu: main, language: §qq}"), name="number"),
    _bad("E317", (KEYS_1, "1: {language: §qq, go: sales}"), name="key"),
    _bad("E317", ("phone: 102", "phone: 102, language: §qq-GB"), name="person"),
    _bad("E317", ("lt: Sveiki.}", "lt: Sveiki., §xx: Hallo.}"), name="text"),
    _bad(
        "E317",
        ("emergency:", "voices: {§qq: {voice: f2}}\nemergency:"),
        keeps=(("emergency:", "voices: {lt: {voice: f2}}\nemergency:"),),
        name="voice",
    ),
    _bad(
        "E318",
        ("emergency:", "phrases: {all_busy: {en: Wait., lt: Palaukite.}, §all_bussy: {en: A., lt: B.}}\nemergency:"),
        keeps=(
            (
                "emergency:",
                "phrases: {all_busy: {en: Wait., lt: Palaukite.}, position_10: {en: A., lt: B.}}\nemergency:",
            ),
        ),
        name="misspelt",
    ),
    _bad("E318", ("emergency:", "phrases: {§goodbye: {en: Bye., lt: Iki.}}\nemergency:"), name="never-said"),
    _bad(
        "W401",
        ("departments:\n", ANOTHER_MENU.replace("more", "§more") + "departments:\n"),
        keeps=(("departments:\n", ANOTHER_MENU + "departments:\n"), ("{go: ann}", "more")),
    ),
    _bad("W402", ("say: {en: Welcome., lt: Sveiki.}", "§say: {en: Welcome.}"), name="one-of-two"),
    _bad("W402", ("say: {en: Welcome., lt: Sveiki.}", "§say: Welcome."), name="bare-text"),
    _bad("W402", ("silence: {go: sales}", "silence: {go: sales, §say: {lt: Alio?}}"), name="silence"),
    _bad("W403", (SALES, SALES + "\n  §other: {}"), keeps=((SALES, SALES + "\n  other: {}"), IN_BOTH, TO_OTHER)),
    _bad(
        "W404",
        ("    keys:\n      1: sales", "    direct_dial: true\n    keys:\n      §101: sales"),
        keeps=(("    keys:\n      1: sales", "    direct_dial: true\n    keys:\n      10: sales"),),
    ),
    _bad(
        "W405",
        (KEYS_1, "1: §back"),
        keeps=(
            ("departments:\n", ANOTHER_MENU.replace("1: sales", '"*": back') + "departments:\n"),
            ("{go: ann}", "more"),
        ),
    ),
    _bad(
        "W405",
        ("{menu: main}", "{go: sales}"),
        ("closed: hangup", "closed: hangup, overflow: {after: 60s, go: §repeat}"),
        keeps=(("closed: hangup", "closed: hangup, overflow: {after: 60s, go: repeat}"),),
        name="repeat-without-a-menu",
    ),
    _bad(
        "W406",
        (
            SALES,
            "sales: {mailbox: sales@acme.example, overflow: {after: 60s, go: §other}}" + OTHER_DEPARTMENT % "sales",
        ),
        IN_BOTH,
        keeps=(
            (SALES, SALES + OTHER_DEPARTMENT % "sales"),
            IN_BOTH,
            TO_OTHER,
        ),
        name="overflow",
    ),
    _bad(
        "W406",
        (SALES, "sales: {mailbox: sales@acme.example, overflow: {after: 60s, go: §repeat}}"),
        ("{menu: main}", "{menu: a}"),
        ("menus:\n", "menus:\n  a: {go: sales}\n"),
        keeps=((SALES, SALES.replace("mailbox", "overflow: {after: 60s, go: repeat}, mailbox")),),
        name="repeat-of-the-menu-before",
    ),
    _bad(
        "W406",
        ("phone: 101,", "phone: 101, no_answer: §bob,"),
        ("phone: 102", "phone: 102, no_answer: ann"),
        name="people",
    ),
    _bad("W407", ("    silence: {go: sales}\n", ""), ("  main:", "  §main:"), name="silence"),
    _bad("W407", ("mistake: {go: sales}", "§mistake: {tries: 1}"), name="mistake"),
    _bad(
        "W408",
        (SALES, "sales: {hours: office, closed: {voicemail: §sales}}"),
        keeps=(("closed: hangup", "closed: {voicemail: sales}"),),
    ),
    Case(
        "W409",
        {"site.yaml": spoiled(("    say: {en: Welcome., lt: Sveiki.}\n", ""), ("  main:", "  §main:"))},
        {
            "site.yaml": spoiled(("say: {en: Welcome., lt: Sveiki.}", "play: welcome")),
            **{f"recordings/{language}/welcome.wav": sound() for language in ("en", "lt")},
        },
    ),
    _bad("W411", ("phone: 102", "phone: §112")),
    _bad(
        "W412",
        ("emergency: {phones: [ann]}\n", ""),
        ("  sales:", "  §sales:"),
        keeps=(
            ("emergency: {phones: [ann]}\n", ""),
            ("closed: hangup", "closed: hangup, emergency_phones: [bob]"),
        ),
    ),
    _bad("W413", ("  office:", "  §night: {open: []}\n  office:")),
    _bad("W414", ("hours: office, closed: hangup, ", "§hours: office, "), name="hours"),
    _bad(
        "W414",
        (SALES, SALES + "\n  other: {§closed: hangup}"),
        IN_BOTH,
        keeps=((SALES, SALES + "\n  other: {}"), IN_BOTH, TO_OTHER),
        name="closed",
    ),
    _bad("W410", ("lt: Sveiki.}", "lt: Sveiki., §de: Hallo.}"), name="text"),
    _bad("W410", ("emergency:", "voices: {§de: {voice: f2}}\nemergency:"), name="voice"),
    _bad(
        "W410",
        ("phone: 102", "phone: 102, language: §pl"),
        keeps=(("phone: 102", "phone: 102, language: lt"),),
        name="person",
    ),
]
