"""Writes a site as large as one may be: for the benchmarks of `check`, of the site's tests, and of publishing.

Its menus are a tree of six branches each, in two languages; it has no findings, and its tests pass.
"""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

NUMBER = "+370 5 200 0000"
LANGUAGES = ("en", "lt")
BRANCHES = 6
DEPARTMENTS = 20
#: The key behind those that lead to other menus; it leads to a department.
LAST = BRANCHES + 1
#: Texts of a menu in each language: what it says, silence and mistakes; each key has one of its own as long as there
#: are prompts left.
_FAULTS = 3

_COMPANY = f"""\
company: {{name: Big, country: LT, timezone: Europe/Vilnius, languages: [{", ".join(LANGUAGES)}]}}
numbers:
  "{NUMBER}": {{menu: m0}}
mail: {{server: mail.acme.example, sender: switchroom@acme.example}}
emergency: {{phones: [p0]}}
"""


def write(folder: Path, menus: int = 500, tests: int = 2_000, prompts: int = 10_000) -> None:
    """Write the site into a folder; `prompts` are texts to be spoken, those of all languages together."""
    folder.mkdir(parents=True, exist_ok=True)
    (folder / "company.yaml").write_text(_COMPANY, encoding="utf-8")
    (folder / "people.yaml").write_text("\n".join(_people()) + "\n", encoding="utf-8")
    (folder / "menus.yaml").write_text("\n".join(_menus(menus, prompts)) + "\n", encoding="utf-8")
    if tests:
        (folder / "tests.yaml").write_text("\n".join(_tests(menus, tests)) + "\n", encoding="utf-8")


def department_of(menu: int) -> str:
    """Return where the last key of a menu leads."""
    return f"d{menu % DEPARTMENTS}"


def way_to(menu: int) -> tuple[list[str], list[int]]:
    """Return the menus on the way to one, itself included, and the keys to press for it."""
    path = [f"m{menu}"]
    keys: list[int] = []
    while menu:
        menu, key = (menu - 1) // BRANCHES, (menu - 1) % BRANCHES + 1
        path.insert(0, f"m{menu}")
        keys.insert(0, key)
    return path, keys


def _people() -> Iterator[str]:
    yield "departments:"
    for number in range(DEPARTMENTS):
        yield f"  d{number}: {{name: Department {number}, mailbox: d{number}@acme.example}}"
    yield "people:"
    for number in range(DEPARTMENTS):
        yield f"  p{number}: {{name: Person {number}, phone: {200 + number}, departments: [d{number}]}}"


def _menus(menus: int, prompts: int) -> Iterator[str]:
    texts = prompts // len(LANGUAGES) - menus * _FAULTS
    yield "menus:"
    for menu in range(menus):
        ends = {key: f"m{BRANCHES * menu + key}" for key in range(1, LAST) if BRANCHES * menu + key < menus}
        goes = {key: ends.get(key, department_of(menu)) for key in range(1, LAST + 1)}
        english = " ".join(f"For {goes[key]}, press {key}." for key in goes)
        lithuanian = " ".join(f"Norėdami {goes[key]}, spauskite {key}." for key in goes)
        yield f"  m{menu}:"
        yield "    say:"
        yield f'      en: "This is place {menu}. {english}"'
        yield f'      lt: "Čia vieta {menu}. {lithuanian}"'
        yield "    keys:"
        for key, go in goes.items():
            texts -= 1
            said = (
                f', say: {{en: "In {menu}, {key} it is.", lt: "Vietoje {menu} pasirinkote {key}."}}'
                if texts >= 0
                else ""
            )
            yield f"      {key}: {{go: {go}{said}}}"
        for fault, en, lt in (
            ("silence", "We heard nothing", "Nieko negirdėjome"),
            ("mistake", "No such key", "Tokio nėra"),
        ):
            say = f'{{en: "{en} in {menu}.", lt: "{lt} vietoje {menu}."}}'
            yield f"    {fault}: {{tries: 2, say: {say}, go: {department_of(menu)}}}"


def _tests(menus: int, tests: int) -> Iterator[str]:
    yield "tests:"
    for number in range(tests):
        path, keys = way_to(number % menus)
        there = department_of(number % menus)
        yield f"  - name: test {number}"
        at = f"2026-11-{2 + number % 5:02}T10:{number % 60:02}"
        yield f'    call: {{to: "{NUMBER}", from: "+370 600 {number:05}", at: {at}}}'
        # What a key says is not cut by the next key, which is lost meanwhile: callers wait for the next menu.
        yield f"    press: [{', '.join(f'w3, {key}' for key in [*keys, LAST])}]"
        yield f"    expect: {{department: {there}, path: [{', '.join(path)}], heard: [{path[-1]}]}}"
