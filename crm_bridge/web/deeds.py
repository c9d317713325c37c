"""Everything that forms do with one customer, by name: one table. Knows no HTTP and no rule."""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace

from crm_bridge.model import Activity, ChangedMeanwhile, Details, Matter, MatterKind, NotPossible, NotValid
from crm_bridge.web import amounts, moments
from crm_bridge.web.room import CustomersRoom
from ledger.web.asking import needed
from ledger.web.visit import Refusal, Who

Given = Mapping[str, str]
#: Does it to this customer and returns what it was about.
_Deed = Callable[[str, Who, Given], Awaitable[str]]


@dataclass(frozen=True)
class Done:
    """What was done to whom: `about` is what takes it back, such as a note's id."""

    customer: str
    about: str = ""


class Deeds:
    """Everything that can be done with one customer by a form."""

    def __init__(self, room: CustomersRoom) -> None:
        self._room = room
        self._deeds: Mapping[str, _Deed] = {
            "note": self._note,
            "note_changed": self._note_changed,
            "note_removed": self._note_removed,
            "matter": self._matter,
            "matter_changed": self._matter_changed,
            "matter_removed": self._matter_removed,
            "moved": self._moved,
            "activity": self._activity,
            "activity_changed": self._activity_changed,
            "activity_removed": self._activity_removed,
            "done": self._done,
            "open_again": self._open_again,
            "tagged": self._tagged,
            "untagged": self._untagged,
            "attached": self._attached,
            "unassigned": self._unassigned,
            "told_apart": self._told_apart,
            "call": self._call,
            "merged": self._merged,
            "merge_undone": self._merge_undone,
        }

    @property
    def names(self) -> tuple[str, ...]:
        return tuple(self._deeds)

    async def do(self, deed: str, customer: str, who: Who, given: Given) -> Done:
        """Do it. Raises what the rules raise, and Refusal for what is missing."""
        return Done(customer, await self._deeds[deed](customer, who, given))

    # ---- notes

    async def _note(self, customer: str, who: Who, given: Given) -> str:
        note = await self._room.matters.add_note(customer, needed(given, "text"), who.name)
        return note.id

    async def _note_changed(self, customer: str, who: Who, given: Given) -> str:
        note = await self._room.matters.note(needed(given, "about"))
        _require_theirs(note.customer, customer)
        await self._room.matters.change_note(note.id, needed(given, "text"), who.name)
        return ""

    async def _note_removed(self, customer: str, who: Who, given: Given) -> str:
        note = await self._room.matters.note(needed(given, "about"))
        _require_theirs(note.customer, customer)
        await self._room.matters.remove_note(note.id, who.name)
        return ""

    # ---- matters

    async def _matter(self, customer: str, who: Who, given: Given) -> str:
        currency = (given.get("currency") or self._room.settings.currency).strip().upper()
        try:
            kind = MatterKind(given.get("kind") or MatterKind.OPPORTUNITY)
        except ValueError:
            raise NotValid(f"it is one of {', '.join(MatterKind)}") from None
        matter = await self._room.matters.add_matter(
            customer,
            kind,
            given.get("title", ""),
            who.name,
            amount=amounts.read(given.get("amount", ""), currency),
            currency=currency,
            stage=given.get("stage", ""),
            whose=given.get("whose"),
            expected=moments.day(given.get("expected", "")),
        )
        return matter.id

    async def _matter_changed(self, customer: str, who: Who, given: Given) -> str:
        before = await self._their_matter(customer, given)
        currency = (given.get("currency") or before.currency).strip().upper()
        wanted = replace(
            before,
            title=given.get("title", before.title),
            amount=amounts.read(given["amount"], currency) if "amount" in given else before.amount,
            currency=currency,
            stage=given.get("stage") or before.stage,
            whose=given.get("whose", before.whose),
            expected=moments.day(given["expected"]) if "expected" in given else before.expected,
            version=_version(given, before.version),
        )
        await self._room.matters.change_matter(wanted, who.name)
        return ""

    async def _moved(self, customer: str, who: Who, given: Given) -> str:
        before = await self._their_matter(customer, given)
        stage = given.get("stage") or needed(given, "about").partition(" ")[2]
        wanted = replace(before, stage=stage, version=_version(given, before.version))
        if wanted.stage == before.stage:
            return ""
        try:
            await self._room.matters.change_matter(wanted, who.name)
        except ChangedMeanwhile:
            raise NotPossible("somebody changed it meanwhile: look where it is now, then move it") from None
        return f"{before.id} {before.stage}"

    async def _matter_removed(self, customer: str, who: Who, given: Given) -> str:
        matter = await self._their_matter(customer, given)
        await self._room.matters.remove_matter(matter.id, who.name)
        return ""

    async def _their_matter(self, customer: str, given: Given) -> Matter:
        # The undo of a move names the matter and the stage it came from in one word.
        matter = await self._room.matters.matter(needed(given, "about").partition(" ")[0][:64])
        _require_theirs(matter.customer, customer)
        return matter

    # ---- what is to be done

    async def _activity(self, customer: str, who: Who, given: Given) -> str:
        due = moments.moment(needed(given, "due"), self._room.zone)
        activity = await self._room.matters.add_activity(
            customer, given.get("what", ""), due, who.name, whose=given.get("whose"), matter=given.get("matter") or None
        )
        return activity.id

    async def _activity_changed(self, customer: str, who: Who, given: Given) -> str:
        before = await self._their_activity(customer, given)
        wanted = replace(
            before,
            what=given.get("what", before.what),
            due=moments.moment(given["due"], self._room.zone) if given.get("due") else before.due,
            whose=given.get("whose", before.whose),
            version=_version(given, before.version),
        )
        await self._room.matters.change_activity(wanted, who.name)
        return ""

    async def _activity_removed(self, customer: str, who: Who, given: Given) -> str:
        activity = await self._their_activity(customer, given)
        await self._room.matters.remove_activity(activity.id, who.name)
        return ""

    async def _done(self, customer: str, who: Who, given: Given) -> str:
        return await self._is_done(customer, who, given, done=True)

    async def _open_again(self, customer: str, who: Who, given: Given) -> str:
        return await self._is_done(customer, who, given, done=False)

    async def _is_done(self, customer: str, who: Who, given: Given, *, done: bool) -> str:
        activity = await self._their_activity(customer, given)
        await self._room.matters.done(activity.id, who.name, done=done)
        return activity.id

    async def _their_activity(self, customer: str, given: Given) -> Activity:
        activity = await self._room.matters.activity(needed(given, "about")[:64])
        _require_theirs(activity.customer, customer)
        return activity

    # ---- the file

    async def _tagged(self, customer: str, who: Who, given: Given) -> str:
        tag = needed(given, "about")
        await self._retag(customer, who, lambda d: replace(d, tags=tuple(dict.fromkeys((*d.tags, tag)))))
        return tag

    async def _untagged(self, customer: str, who: Who, given: Given) -> str:
        tag = needed(given, "about")
        await self._retag(customer, who, lambda d: replace(d, tags=tuple(t for t in d.tags if t != tag)))
        return tag

    async def _retag(self, customer: str, who: Who, change: Callable[[Details], Details]) -> None:
        for last in (False, False, True):  # who writes something else of the file meanwhile does not mind
            file = await self._room.files.get(customer)
            try:
                await self._room.files.change(customer, file.version, change(file.details), who.name)
            except ChangedMeanwhile:
                if last:
                    raise
            else:
                return

    async def _attached(self, customer: str, who: Who, given: Given) -> str:
        await self._room.files.attach(needed(given, "number"), customer, who.name, label=given.get("label", ""))
        return ""

    async def _unassigned(self, customer: str, who: Who, given: Given) -> str:
        await self._room.files.assign(needed(given, "about"), None, who.name)
        return ""

    async def _call(self, customer: str, who: Who, given: Given) -> str:
        if (why := self._room.why_no_call(who)) or self._room.place_call is None:
            raise NotPossible(why)
        file = await self._room.files.get(customer)
        number = needed(given, "number")
        if all(number != phone.number for phone in file.details.phones):
            raise Refusal(400, "this is not the customer's number", "look at the page again")
        await self._room.place_call.call(who.person, number, customer)
        return ""

    # ---- two who are one

    async def _told_apart(self, customer: str, who: Who, given: Given) -> str:
        await self._room.merging.are_two(customer, needed(given, "about")[:64], who.name)
        return ""

    async def _merged(self, customer: str, who: Who, given: Given) -> str:
        return await self._room.merging.merge(customer, needed(given, "gone")[:64], who.name)

    async def _merge_undone(self, customer: str, who: Who, given: Given) -> str:
        await self._room.merging.undo(needed(given, "about")[:64], who.name)
        return ""


def _require_theirs(whose: str, customer: str) -> None:
    if whose != customer:
        raise NotPossible("this is another customer's by now")


def _version(given: Given, now: int) -> int:
    text = given.get("version", "")
    return int(text) if text.isascii() and text.isdigit() and len(text) < 10 else now
