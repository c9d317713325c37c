"""The form editor: the list of things, a form for each, saving it into its file. Parse, call, render."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, replace

from aiohttp import web

from config.edit.files import CannotWrite, ChangedMeanwhile, DraftFile, NoSuchFile, Wanted
from config.edit.rewrite import EditRefused
from config.edit.written import entry_lines
from config.reading.tree import Step
from server.accounts import Role
from server.studio.audit import about, nothing_done
from server.studio.editor.compare import side_by_side
from server.studio.editor.editing import DraftEditor, EditorBusy, Look
from server.studio.editor.entries import NameTaken, names_in
from server.studio.editor.findings import Placed, anchor_of, place_of, placed, way_at
from server.studio.editor.last import Saved
from server.studio.editor.read import FieldUnreadable, Reading
from server.studio.editor.rename import places_of
from server.studio.editor.shapes import ENTRIES, LISTED, Shape, label_of, means, section_label, sections, shape_of
from server.studio.editor.show import ABSENT, Showing, Value
from server.studio.editor.sidebar import AT, address_of, address_of_file, sidebar
from server.studio.editor.text_pages import LARGEST_FORM, EditTextPages
from server.studio.room import StudioRoom
from server.web.parts import Parts
from server.web.problems import Problem
from server.web.route import Route
from server.web.visit import Visit

ROOT = "v"
CHECK = AT + "/check"
#: No thing has a longer name, and tests have the longest.
LONGEST_NAME = 120


@dataclass(frozen=True)
class Thing:
    """What is edited: one entry of a section, or a whole section; `name` is empty for the latter."""

    section: str
    name: str
    shape: Shape
    file: DraftFile
    value: Value
    #: The way to it in its file.
    path: tuple[Step, ...]

    @property
    def begun(self) -> Value:
        """What its form begins with."""
        return {"name": self.name} if self.value is ABSENT and self.section in LISTED else self.value

    def as_yaml(self, value: Value) -> str:
        """Write it as it would stand in its file."""
        return "" if value is ABSENT else "\n".join(entry_lines(self.name or self.section, value, 0, block=True))


class EditPages:
    """Serves /site/edit and all below it."""

    def __init__(self, room: StudioRoom, parts: Parts) -> None:
        self._parts = parts
        self._editor = DraftEditor(room, parts.clock.now)
        self._text = EditTextPages(self._editor, parts)

    def routes(self) -> tuple[Route, ...]:
        admin = Role.ADMIN
        return (
            Route("GET", AT, self.show, role=admin),
            *self._text.routes(),
            # These go first: no section is called so, but a menu may be.
            Route("POST", CHECK + "/{section}", self.check, role=admin),
            Route("POST", CHECK + "/{section}/{name}", self.check, role=admin),
            Route("GET", AT + "/{section}", self.section, role=admin),
            Route("POST", AT + "/{section}", self.save, role=admin),
            Route("GET", AT + "/{section}/{name}", self.thing, role=admin),
            Route("POST", AT + "/{section}/{name}", self.save, role=admin),
        )

    async def show(self, visit: Visit) -> web.StreamResponse:
        """Show what there is to edit; lead to the thing at a place of a file when the address names one."""
        look = await self._editor.look()
        if (file := visit.query("file")) is not None:
            goal = _address_at(look, file, _number(visit.query("line")), _number(visit.query("column")))
            raise web.HTTPSeeOther(goal)
        return visit.page("studio/edit.html", here_now=AT, side=sidebar(look), unreadable=look.unreadable)

    async def section(self, visit: Visit) -> web.StreamResponse:
        """Show a section: its form, or its entries and a way to a new one."""
        section = _section(visit)
        if section not in ENTRIES:
            return await self._form(visit, await self._open(section, ""))
        if name := (visit.query("name") or "").strip():
            raise web.HTTPSeeOther(address_of(section, name[:LONGEST_NAME]))
        look = await self._editor.look()
        return visit.page(
            "studio/edit_section.html",
            here_now=AT,
            side=sidebar(look, section),
            section=section,
            label=section_label(section),
            means=means(section),
            entries=[(name, address_of(section, name), file) for name, file in look.entries(section).items()],
            address=address_of(section),
            longest=LONGEST_NAME,
        )

    async def thing(self, visit: Visit) -> web.StreamResponse:
        """Show the form of a thing, with what the check says of it; or the text, for a name that no form would take."""
        written = visit.request.match_info["name"]
        if len(written) > LONGEST_NAME:
            look = await self._editor.look()
            home = look.entries(_section(visit)).get(written)
            place = place_of(look.file(home).raw, (_section(visit), written)) if home is not None else 0
            raise web.HTTPSeeOther(address_of_file(home, place) if home is not None else AT)
        return await self._form(visit, await self._open(_section(visit), _name(visit)))

    async def check(self, visit: Visit) -> web.StreamResponse:
        """Tell what the check would say if this form were saved; or show it with a row more, or a row less."""
        form = await visit.form(LARGEST_FORM)
        opened = await self._open(_section(visit), _name(visit))
        look, thing = opened
        if "do" in form:
            return await self._rows(visit, opened, form)
        try:
            value = Reading(form, look.names).value(thing.shape, thing.value, ROOT)
            raw = await self._editor.changed(thing.file, thing.section, thing.name, value)
            found = await self._placed(thing, value, look, raw)
        except FieldUnreadable as error:
            return web.json_response({"fields": {error.name: [_unreadable(error)]}, "thing": [], "elsewhere": 0})
        except (EditRefused, NameTaken, EditorBusy) as error:
            return web.json_response({"error": str(error)})
        return web.json_response(
            {
                "fields": {name: [one.as_json() for one in some] for name, some in found.fields.items()},
                "thing": [one.as_json() for one in found.thing],
                "elsewhere": len(found.elsewhere),
            },
            headers={"Cache-Control": "no-store"},
        )

    async def _rows(self, visit: Visit, opened: tuple[Look, Thing], form: Mapping[str, str]) -> web.StreamResponse:
        look, thing = opened
        deed, _, what = form["do"].partition(":")
        dropped = frozenset({what} if deed == "drop" else ())
        try:
            value = Reading(form, look.names, dropped).value(thing.shape, thing.value, ROOT)
        except FieldUnreadable as error:
            return await self._again(visit, opened, form, error, dropped)
        blank = {what: 1} if deed == "add" else {}
        return await self._form(visit, opened, value=value, blank=blank, digest=form.get("digest", ""))

    async def save(self, visit: Visit) -> web.StreamResponse:
        """Save the form; or rename the thing, or take it out, as the button says that was pressed."""
        form = await visit.form(LARGEST_FORM)
        opened = await self._open(_section(visit), _name(visit))
        look, thing = opened
        try:
            value = Reading(form, look.names).value(thing.shape, thing.value, ROOT)
        except FieldUnreadable as error:
            return await self._again(visit, opened, form, error)
        return await self._write(visit, opened, form, value)

    async def _again(
        self,
        visit: Visit,
        opened: tuple[Look, Thing],
        form: Mapping[str, str],
        error: FieldUnreadable,
        dropped: frozenset[str] = frozenset(),
    ) -> web.StreamResponse:
        """Show a form that cannot be read with all that was written in it."""
        look, thing = opened
        kept = Reading(form, look.names, dropped, lenient=True).value(thing.shape, thing.value, ROOT)
        return await self._form(visit, opened, status=400, value=kept, unreadable=error, digest=form.get("digest", ""))

    async def _write(
        self, visit: Visit, opened: tuple[Look, Thing], form: Mapping[str, str], value: Value
    ) -> web.StreamResponse:
        (look, thing), deed = opened, form.get("do", "save")
        section, name, old, goal = thing.section, thing.name, "", address_of(thing.section, thing.name)
        if deed == "remove":
            value, goal = ABSENT, address_of(section) if section in ENTRIES else AT
        elif deed == "rename" and name:
            old, name = name, form.get("called", "").strip()[:LONGEST_NAME]
            if not name:
                return await self._form(visit, opened, status=400, value=value, error="A name is needed.")
            value = {} if value is ABSENT else value  # emptied as well, which is not to be taken out
            goal = address_of(section, name)
        elif section in LISTED:
            if not (called := value.get("name") if isinstance(value, dict) else ""):
                return await self._form(visit, opened, status=400, value=value, error="A name is needed.")
            goal = address_of(section, str(called)[:LONGEST_NAME])
        elif value is ABSENT:
            value = {}
        expected = form.get("digest", "")
        try:
            if thing.file.digest != expected:
                raise ChangedMeanwhile(thing.file)
            raw = await self._editor.changed(thing.file, section, name, value, old=old)
            others: dict[str, bytes] = {}
            if old and "follow" in form:
                others = await self._editor.following(look, section, old, name, replace(thing.file, raw=raw))
                raw = others.pop(thing.file.name)
            wanted = [Wanted(file, text, look.file(file).digest) for file, text in others.items()]
            saved = await self._editor.save_all([Wanted(thing.file.name, raw, expected), *wanted], _who(visit))
            if saved[0].digest == expected:
                nothing_done(visit)
            shown = f"{old} is now {name}" if old else name
            about(visit, f"{thing.file.name}: {section}{f' {shown}' if section != 'numbers' else ''}")
        except ChangedMeanwhile as meanwhile:
            if meanwhile.now.name != thing.file.name:  # what refers to the thing was to follow
                error = f"{meanwhile} and nothing is written: do it again."
                return await self._form(
                    visit, await self._open(section, thing.name), status=409, value=value, error=error
                )
            by = await self._editor.last_saved(meanwhile)
            return await self._form(visit, await self._open(section, thing.name), status=409, value=value, by=by)
        except (EditRefused, NameTaken, CannotWrite, NoSuchFile) as error:
            status = 507 if isinstance(error, CannotWrite) else 409
            return await self._form(visit, opened, status=status, value=value, error=str(error))
        raise web.HTTPSeeOther(f"{goal}?saved=1" if goal != AT else AT, headers={"Cache-Control": "no-store"})

    async def _open(self, section: str, name: str) -> tuple[Look, Thing]:
        """Return the draft and a thing of it; one that is not written yet is ABSENT. Raises Problem."""
        look = await self._editor.look()
        try:
            file = look.file(look.home_of(section, name))
        except NoSuchFile as error:
            raise Problem(409, str(error), f"the files are at {AT}") from None
        return look, Thing(
            section, name, shape_of(section), file, look.value(section, name), look.path_of(section, name)
        )

    async def _placed(self, thing: Thing, value: Value, look: Look, raw: bytes) -> Placed:
        controls = Showing(look.names).control(thing.shape, value, ROOT)
        return placed(await self._editor.findings(thing.file.name, raw), thing.file.name, raw, thing.path, controls)

    async def _form(
        self,
        visit: Visit,
        opened: tuple[Look, Thing],
        *,
        status: int = 200,
        value: Value = None,
        blank: Mapping[str, int] | None = None,
        error: str = "",
        by: Saved | None = None,
        unreadable: FieldUnreadable | None = None,
        digest: str = "",
    ) -> web.Response:
        """Render the form, of what is written or of what somebody is about to write."""
        look, thing = opened
        shown = thing.begun if value is None else value
        controls = Showing(look.names, blank or {}).control(thing.shape, shown, ROOT)
        found = Placed()
        try:
            raw = thing.file.raw
            if value is not None:
                raw = await self._editor.changed(thing.file, thing.section, thing.name, value)
            found = await self._placed(thing, shown, look, raw)
        except (EditRefused, NameTaken, EditorBusy) as refused:
            error = error or str(refused)
        return visit.page(
            "studio/edit_thing.html",
            status=status,
            here_now=AT,
            side=sidebar(look, thing.section, thing.name),
            thing=thing,
            label=section_label(thing.section),
            means=means(thing.section),
            is_entry=thing.section in ENTRIES and thing.section not in LISTED,
            is_new=thing.value is ABSENT,
            follows=places_of(look.contents, thing.section, thing.name) if thing.section in ENTRIES else {},
            address=address_of(thing.section, thing.name),
            check_address=CHECK + address_of(thing.section, thing.name).removeprefix(AT),
            text_address=address_of_file(thing.file.name, place_of(thing.file.raw, thing.path)),
            # Of a form that is shown again before it was saved the file is still the one that it was made of.
            digest=digest or thing.file.digest,
            control=controls,
            found=found,
            error=error if unreadable is None else f"{label_of(unreadable.name.rpartition('.')[2])}: {unreadable}",
            by=by,
            sides=side_by_side(thing.as_yaml(thing.value), thing.as_yaml(shown)) if by is not None else None,
            saved=visit.query("saved") is not None and status == 200 and value is None,
            unsaved=value is not None,
            zone=self._parts.site().company.zone,
            fresh=next(iter(blank or ()), ""),
        )


def _address_at(look: Look, file: str, line: int, column: int) -> str:
    """Return where what stands at a place of a file is edited: its field, or the text where no form would do."""
    if file not in {one.name for one in look.files}:
        return AT
    if file in look.unreadable:
        return address_of_file(file, line)
    way = way_at(look.file(file).raw, line, column)
    section = str(way[0]) if way else ""
    depth = 2 if section in ENTRIES else 1
    if section not in sections() or len(way) < depth:
        return address_of_file(file, line)
    name = str(way[1]) if depth == 2 else ""
    if section in LISTED:
        items, at = look.contents[file][section], way[1]
        name = next(names_in(section, items[at : at + 1]), "") if isinstance(at, int) else ""
        if not name or (look.home_of(section, name), look.path_of(section, name)) != (file, way[:2]):
            return address_of_file(file, line)  # another of its name stands before it
    controls = Showing(look.names).control(shape_of(section), look.value(section, name), ROOT)
    anchor = anchor_of(controls, way[depth:])
    return address_of(section, name) + (f"#{anchor}" if anchor else "")


def _number(written: str | None) -> int:
    return int(written) if written and written.isascii() and written.isdigit() and len(written) < 8 else 1


def _section(visit: Visit) -> str:
    section = visit.request.match_info["section"]
    if section not in sections():
        raise Problem(404, "a site has no such section", f"what there is to edit is at {AT}")
    return section


def _name(visit: Visit) -> str:
    return visit.request.match_info.get("name", "")[:LONGEST_NAME]


def _who(visit: Visit) -> str:
    assert visit.account is not None, "the guard lets nobody else in"
    return visit.account.name


def _unreadable(error: FieldUnreadable) -> dict[str, object]:
    return {"severity": "error", "rule": "", "message": str(error), "mend": ""}
