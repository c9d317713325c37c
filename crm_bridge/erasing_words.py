"""What the things are called that go when a person is forgotten, and which of them stay without a name. Pure."""

from __future__ import annotations

from collections.abc import Mapping

#: By how they are counted, in the order in which they are told; others are called as they are counted.
TITLES: Mapping[str, str] = {
    "customers": "Customers’ files",
    "numbers": "Numbers",
    "mail addresses": "Mail addresses",
    "handles": "Names at other services",
    "people concerned": "People concerned",
    "notes": "Notes",
    "matters": "Matters",
    "activities": "Activities",
    "steps": "Steps in the history of files",
    "looks": "Notes of who looked at files",
    "voicemails": "Voicemails",
    "recordings": "Recordings of voices",
    "transcripts": "Transcripts",
    "faxes": "Faxes",
    "files of faxes": "Files of faxes",
    "exports": "Exports",
    "files that waited to be taken in": "Files that waited to be taken in",
    "files of imports": "Files of imports",
    "events that waited for other systems": "Events that waited for other systems",
    "answers kept for programs": "Answers that programs may ask for again",
    "interactions": "Contacts",
    "journal entries looked through": "Entries of the journal, looked through",
    "journal entries masked": "Entries of the journal",
    "call records without name and number": "Call records of the reports",
    "replies and job notes masked": "Replies of receivers, notes of background work",
    "places in logs": "Places in logs",
    "calls of others": "Calls of others: they stay, without the number",
    "voicemails of others": "Voicemails of others: they stay, without the number",
    "faxes of others": "Faxes of others: they stay, without the number",
}
#: What stays without name, number and words.
NAMELESS = frozenset(
    {
        "interactions",
        "journal entries looked through",
        "journal entries masked",
        "call records without name and number",
        "replies and job notes masked",
        "places in logs",
    }
)
#: What is another's, who had a number before, or was said not to be theirs: it stays, without the number.
OF_OTHERS = frozenset({"calls of others", "voicemails of others", "faxes of others"})


def counted(counts: Mapping[str, int], *, nameless: bool | None = None) -> tuple[tuple[str, int], ...]:
    """Return what went in words, what there was none of left out; only what stays nameless, or only what is gone.

    >>> counted({"notes": 2, "faxes": 0, "numbers": 1, "interactions": 3}, nameless=False)
    (('Numbers', 1), ('Notes', 2))
    """
    order = list(TITLES)
    known = sorted(counts, key=lambda what: order.index(what) if what in TITLES else len(order))
    return tuple(
        (TITLES.get(what, f"{what[:1].upper()}{what[1:]}"), counts[what])
        for what in known
        if counts[what] and (nameless is None or (what not in OF_OTHERS and nameless == (what in NAMELESS)))
    )


def staying(counts: Mapping[str, int]) -> tuple[tuple[str, int], ...]:
    """Return in words what stays because it is another's.

    >>> staying({"notes": 2, "voicemails of others": 1})
    (('Voicemails of others: they stay, without the number', 1),)
    """
    return counted({what: count for what, count in counts.items() if what in OF_OTHERS})
