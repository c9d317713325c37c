"""The words on the map of a site: what a place is called, what takes a branch, and what that means.

Owns the wording only; which places and branches there are is in `config.graph`.
"""

from __future__ import annotations

from collections.abc import Callable

from config.schema import Choice, Department, Fault, Menu, Site
from config.ways import Way

#: What a kind of place is called above its name.
KINDS = {
    "number": "number",
    "menu": "menu",
    "department": "department",
    "person": "person",
    "voicemail": "mailbox",
    "fax": "fax box",
    "extensions": "people",
}


def way_words(site: Site, way: Way) -> tuple[str, str]:
    """Return what takes this way on, and what is meant by it."""
    match way.start.kind:
        case "number":
            return "call", _of_number(site, way.start.name)
        case "menu":
            return _of_menu(site.menus[way.start.name], way)
        case "department":
            return _of_department(site.departments[way.start.name], way)
        case _:
            return "no answer", ""


def meaning(choice: Choice) -> str:
    """Return what a key means: the facts it names, and the language it chooses.

    >>> meaning(Choice.model_validate({"go": "billing", "as": {"intent": "invoice"}}))
    'intent: invoice'
    """
    facts = [f"{name}: {value}" for name, value in choice.facts.items()]
    return ", ".join([*facts, *([f"in {choice.language}"] if choice.language is not None else [])])


def span(seconds: float) -> str:
    """Return a length of time as people say it.

    >>> span(90), span(120), span(0.5)
    ('90 s', '2 min', '0.5 s')
    """
    if seconds >= 60 and seconds % 60 == 0:
        return f"{seconds / 60:g} min"
    return f"{seconds:g} s"


def _of_number(site: Site, name: str) -> str:
    number = site.numbers[name]
    facts = [f"{fact}: {value}" for fact, value in number.facts.items()]
    language = [f"in {number.language}"] if number.language is not None else []
    priority = [f"priority {number.priority}"] if number.priority else []
    return ", ".join([*facts, *language, *priority])


def _of_menu(menu: Menu, way: Way) -> tuple[str, str]:
    match way.why:
        case "closed":
            return "closed", f"outside {way.hours}"
        case "collect" if menu.collect is not None:
            least, most = menu.collect.shortest, menu.collect.longest
            digits = f"{least} digits" if least == most else f"{least} to {most} digits"
            return "entered", f"{menu.collect.name}, {digits}"
        case "silence":
            return "silence", _tries(menu.silence)
        case "mistake":
            return "wrong key", _tries(menu.mistake)
        case "key":
            key = str(way.path[3])
            return key, meaning(menu.keys[key])
        case _:
            return "then", "nothing to choose"


def _tries(fault: Fault) -> str:
    return "once" if fault.tries == 1 else f"{fault.tries} times"


def _of_department(department: Department, way: Way) -> tuple[str, str]:
    match way.why:
        case "closed":
            return "closed", f"outside {way.hours}" if way.hours is not None else ""
        case "nobody":
            return "nobody", "is logged in"
        case "full" if department.full is not None:
            return "full", "nobody may wait" if not department.full.size else f"{department.full.size} wait already"
        case "overflow" if department.overflow is not None:
            return "overflow", f"after {span(department.overflow.after)}"
        case "leave":
            return str(way.path[3]), "while waiting"
        case _:
            return str(way.why), ""


def _number(site: Site, name: str) -> tuple[str, str]:
    return name, ""


def _menu(site: Site, name: str) -> tuple[str, str]:
    menu = site.menus[name]
    notes = [f"play {menu.play}"] if menu.play is not None else []
    return name, ", ".join(notes)


def _department(site: Site, name: str) -> tuple[str, str]:
    department = site.departments[name]
    people = sum(name in person.departments for person in site.people.values())
    served = "nobody belongs to it" if not people else "1 person" if people == 1 else f"{people} people"
    hours = [f"hours {department.hours}"] if department.hours is not None else []
    return department.name or name, ", ".join([served, *hours])


def _person(site: Site, name: str) -> tuple[str, str]:
    person = site.people.get(name)
    return (person.name, f"extension {person.phone}") if person is not None else (name, "")


def _mailbox(site: Site, name: str) -> tuple[str, str]:
    return f"Mailbox {name}", "takes a message"


def _faxbox(site: Site, name: str) -> tuple[str, str]:
    return f"Fax box {name}", "takes a fax"


def _extensions(site: Site, _: str) -> tuple[str, str]:
    return "By extension", "dialled directly"


#: By kind of place: its title, and a note on it.
TITLES: dict[str, Callable[[Site, str], tuple[str, str]]] = {
    "number": _number,
    "menu": _menu,
    "department": _department,
    "person": _person,
    "voicemail": _mailbox,
    "fax": _faxbox,
    "extensions": _extensions,
}
