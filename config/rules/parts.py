"""Rules about single menus and departments: what each needs to do its work. Where they lead is elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from config.findings import Finding, quoted
from config.rules.scope import Scope
from config.schema import Person

#: So long it waits between two keys where nothing is written; who makes it longer should know whom that keeps waiting.
_USUAL_WAIT = 2.0


def hidden_extensions(scope: Scope) -> Iterator[Finding]:
    """W404: no key takes an extension away from direct dialling."""
    owners = {person.phone: name for name, person in scope.site.people.items()}
    for name, menu in scope.site.menus.items():
        for key in menu.keys if menu.direct_dial else ():
            if key in owners:
                message = f"key {quoted(key)} is the extension of {owners[key]}, who cannot be dialled here"
                yield from scope.finding_at_key("W404", ("menus", name, "keys", key), message, "use another key")


def no_way_on(scope: Scope) -> Iterator[Finding]:
    """W407: a menu says where silence and mistakes lead in the end."""
    for name, menu in scope.site.menus.items():
        if menu.go is not None:
            continue
        for fault, part in (("silence", menu.silence), ("mistake", menu.mistake)):
            mend = f"write `{fault}: {{go: …}}`, with `go: hangup` if that is meant"
            if fault not in menu.model_fields_set:
                message = f"menu {quoted(name)} does not say where {fault} leads"
                yield from scope.finding_at_key("W407", ("menus", name), message, mend)
            elif "go" not in part.model_fields_set:
                message = f"{fault} leads nowhere: the caller is hung up on"
                yield from scope.finding_at_key("W407", ("menus", name, fault), message, mend)


def silent_menus(scope: Scope) -> Iterator[Finding]:
    """W409: a menu that waits for keys says something before."""
    for name, menu in scope.site.menus.items():
        if menu.go is None and menu.say is None and menu.play is None:
            message = f"menu {quoted(name)} waits for keys but says nothing"
            yield from scope.finding_at_key("W409", ("menus", name), message, "add `say:` or `play:`")


def impossible_entries(scope: Scope) -> Iterator[Finding]:
    """E314: what an entry begins with fits into its length."""
    for name, menu in scope.site.menus.items():
        if menu.collect is None:
            continue
        for index, beginning in enumerate(menu.collect.starts_with):
            if len(beginning) > menu.collect.longest:
                path = ("menus", name, "collect", "starts_with", index)
                message = f"{quoted(beginning)} is longer than the entry, which has {menu.collect.longest} digits"
                yield from scope.finding("E314", path, message, "shorten it, or allow a longer entry")


def empty_departments(scope: Scope) -> Iterator[Finding]:
    """W403: every department has people."""
    served = {name for person in scope.site.people.values() for name in person.departments}
    for name in scope.site.departments:
        if name not in served:
            message = f"nobody is in department {quoted(name)}"
            mend = f"add `departments: [{name}]` to a person"
            yield from scope.finding_at_key("W403", ("departments", name), message, mend)


def departments_without_emergency_phones(scope: Scope) -> Iterator[Finding]:
    """W412: a department's callers reach a phone while the server is down."""
    site = scope.site
    if site.emergency.phones:
        return
    mend = f"add `emergency: {{phones: [{next(iter(site.people), 'NAME')}]}}`, or `emergency_phones:` here"
    for name, department in site.departments.items():
        if not department.emergency_phones:
            message = f"while the server is down no phone rings for {quoted(name)}: callers can only leave a message"
            yield from scope.finding_at_key("W412", ("departments", name), message, mend)


def unserved_departments(scope: Scope) -> Iterator[Finding]:
    """W447: where skills are asked for as long as a caller waits, somebody has them all."""
    staff: dict[str, list[Person]] = {}
    for person in scope.site.people.values():
        for name in person.departments:
            staff.setdefault(name, []).append(person)
    for name, department in scope.site.departments.items():
        people, asked = staff.get(name, []), department.skills
        if not people or not asked or department.relax_skills is not None:
            continue
        if not any(all(person.skills.get(skill, 0) >= least for skill, least in asked.items()) for person in people):
            shown = ", ".join(f"{skill} {least}" for skill, least in asked.items())
            message = f"nobody in {quoted(name)} has all that is asked for ({shown}), so no phone ever rings"
            mend = "give somebody these skills, ask for less, or add `relax_skills: {after: 60s}`"
            yield from scope.finding_at_key("W447", ("departments", name, "skills"), message, mend)


def keys_that_wait(scope: Scope) -> Iterator[Finding]:
    """W442: no key waits for another key; and none waits long for an extension."""
    of_phones = _beginnings({person.phone: f"the extension of {name}" for name, person in scope.site.people.items()})
    for name, menu in scope.site.menus.items():
        of_keys = _beginnings({key: f"key {key}" for key in menu.keys})
        for key in menu.keys:
            longer = of_keys.get(key)
            # Keys can be chosen otherwise; extensions are what they are, so the usual wait for them is taken for meant.
            if longer is None and menu.direct_dial and menu.wait.between_keys > _USUAL_WAIT:
                longer = of_phones.get(key)
            if longer is not None:
                message = f"who presses {key} waits {menu.wait.between_keys:g} s, because {longer} begins with it, too"
                mend = "use a key that begins nothing else"
                if key not in of_keys:
                    mend += f", or shorten `wait: {{between_keys: …}}` to {_USUAL_WAIT:g}s"
                yield from scope.finding_at_key("W442", ("menus", name, "keys", key), message, mend)


def _beginnings(entries: Mapping[str, str]) -> dict[str, str]:
    """Return each beginning of an entry, shorter than itself, with what the first such entry is called."""
    found: dict[str, str] = {}
    for entry, name in entries.items():
        for length in range(1, len(entry)):
            found.setdefault(entry[:length], name)
    return found
