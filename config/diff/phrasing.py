"""The sentences about single fields: one table, so that whoever adds a field can add its words.

`{who}` is the entry, `{new}` and `{old}` are values. A field that is not here is told in general words.
"""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Phrase:
    """What is said when a value is another, when it is there now, and when it no longer is ('' for general words)."""

    changed: str = ""
    added: str = ""
    removed: str = ""


#: By the path, where `*` is any name.
PHRASES: dict[str, Phrase] = {
    "numbers.*.as.*": Phrase(
        "{who} now means {last} {new} instead of {old}",
        "{who} now means {last} {new}",
        "{who} no longer means {last} {old}",
    ),
    "numbers.*.menu": Phrase(
        "{who} now leads to the menu {new} instead of the menu {old}",
        "{who} now leads to the menu {new}",
        "{who} no longer leads to the menu {old}",
    ),
    "numbers.*.go": Phrase(
        "{who} now leads to {new} instead of {old}", "{who} now leads to {new}", "{who} no longer leads to {old}"
    ),
    "numbers.*.language": Phrase(
        "{who} now begins in {new} instead of {old}", "{who} now begins in {new}", "{who} no longer begins in {old}"
    ),
    "numbers.*.priority": Phrase("callers of {who} now have priority {new} instead of {old}"),
    "numbers.*.fax": Phrase(
        "fax machines that call {who} are now led to the fax box {new} instead of {old}",
        "fax machines that call {who} are now led to the fax box {new}",
        "fax machines that call {who} are no longer led to the fax box {old}",
    ),
    "menus.*.keys.*": Phrase(
        "", "key {key} of {who} now {new}", "key {key} of {who} does nothing any more; before, it {old}"
    ),
    "menus.*.keys.*.go": Phrase(
        "key {key} of {who} now leads to {new} instead of {old}",
        "key {key} of {who} now leads to {new}",
        "key {key} of {who} no longer leads to {old}",
    ),
    "menus.*.keys.*.language": Phrase(
        "key {key} of {who} now chooses {new} instead of {old}",
        "key {key} of {who} now chooses {new}",
        "key {key} of {who} no longer chooses {old}",
    ),
    "menus.*.go": Phrase(
        "{who} now leads on to {new} instead of {old}",
        "{who} now leads on to {new}",
        "{who} no longer leads on to {old}",
    ),
    "menus.*.play": Phrase(
        "{who} now plays the recording {new} instead of {old}",
        "{who} now plays the recording {new}",
        "{who} no longer plays the recording {old}",
    ),
    "menus.*.keys.*.as.*": Phrase(
        "key {key} of {who} now means {last} {new} instead of {old}",
        "key {key} of {who} now means {last} {new}",
        "key {key} of {who} no longer means {last} {old}",
    ),
    "menus.*.closed": Phrase(
        "", "{who} now has closing hours: {new}", "{who} is now always open; it had closing hours: {old}"
    ),
    "menus.*.closed.hours": Phrase("{who} now goes by the hours {new} instead of {old}"),
    "menus.*.closed.go": Phrase("when closed, {who} now leads to {new} instead of {old}"),
    "menus.*.silence.go": Phrase("after silence {who} now leads to {new} instead of {old}"),
    "menus.*.silence.tries": Phrase("{who} now asks {new} before it gives up after silence, instead of {old}"),
    "menus.*.mistake.go": Phrase("after wrong keys {who} now leads to {new} instead of {old}"),
    "menus.*.mistake.tries": Phrase("{who} now asks {new} before it gives up after wrong keys, instead of {old}"),
    "menus.*.wait.first_key": Phrase("{who} now waits {new} for the first key instead of {old}"),
    "menus.*.wait.between_keys": Phrase("{who} now waits {new} between keys instead of {old}"),
    "menus.*.wait.whole": Phrase("{who} now waits {new} for the whole entry instead of {old}"),
    "menus.*.collect.name": Phrase("what is entered in {who} is now called {new} instead of {old}"),
    "menus.*.collect.length": Phrase(
        "{who} now asks for {new} digits instead of {old}",
        "{who} now asks for exactly {new} digits",
        "{who} no longer asks for exactly {old} digits",
    ),
    "menus.*.collect.least": Phrase("{who} now asks for at least {new} digits instead of {old}"),
    "menus.*.collect.most": Phrase("{who} now takes at most {new} digits instead of {old}"),
    "menus.*.collect.check": Phrase("what is entered in {who} is now checked by {new} instead of {old}"),
    "menus.*.collect.go": Phrase("after the entry {who} now leads to {new} instead of {old}"),
    "departments.*.hours": Phrase(
        "{name} now goes by the hours {new} instead of {old}",
        "{name} now goes by the hours {new}; it was always open",
        "{name} is now always open; it went by the hours {old}",
    ),
    "departments.*.closed": Phrase(
        "when {name} is closed, callers are now led to {new} instead of {old}",
        "when {name} is closed, callers are now led to {new}",
        "when {name} is closed, callers are no longer led to {old}",
    ),
    "departments.*.name": Phrase(
        "the department {name} is now shown as {new} instead of {old}",
        "the department {name} is now shown as {new}",
        "the department {name} is no longer shown as {old}",
    ),
    "departments.*.relax_skills": Phrase(
        "",
        "whoever waits long for {name} now gets anybody: {new}",
        "nobody who waits for {name} gets an agent without the skills any more; before: {old}",
    ),
    "departments.*.relax_skills.after": Phrase("who waits for {name} now gets anybody after {new} instead of {old}"),
    "departments.*.ring": Phrase("{name} now rings {new} instead of {old}"),
    "departments.*.ring_for": Phrase("{name} rings for {new} instead of {old}"),
    "departments.*.wrap_up": Phrase("after a call for {name} agents have {new} instead of {old}"),
    "departments.*.longest_wrap_up": Phrase("wrap-up in {name} lasts at most {new} instead of {old}"),
    "departments.*.answer_within": Phrase("{name} wants to answer within {new} instead of {old}"),
    "departments.*.announce_every": Phrase("callers who wait for {name} are told their place every {new}, not {old}"),
    "departments.*.overflow": Phrase(
        "",
        "callers of {name} who wait too long are now led elsewhere: {new}",
        "callers of {name} now wait as long as they like; before: {old}",
    ),
    "departments.*.overflow.after": Phrase("callers of {name} are led elsewhere after {new} instead of {old}"),
    "departments.*.overflow.go": Phrase("callers who waited too long for {name} now come to {new} instead of {old}"),
    "departments.*.skills.*": Phrase(
        "{name} now asks for {last} of at least {new} instead of {old}",
        "{name} now asks for {last} of at least {new}",
        "{name} no longer asks for {last}",
    ),
    "departments.*.full": Phrase(
        "",
        "only so many may wait for {name} now: {new}",
        "any number of callers may wait for {name} now; before: {old}",
    ),
    "departments.*.full.size": Phrase("at most {new} callers may wait for {name} instead of {old}"),
    "departments.*.full.go": Phrase("when too many wait for {name}, callers now come to {new} instead of {old}"),
    "departments.*.nobody": Phrase(
        "when nobody is logged in for {name}, callers now come to {new} instead of {old}",
        "when nobody is logged in for {name}, callers now come to {new}",
        "when nobody is logged in for {name}, callers now wait; they came to {old}",
    ),
    "departments.*.leave.*": Phrase(
        "key {key} now leads callers who wait for {name} to {new} instead of {old}",
        "key {key} now leads callers who wait for {name} to {new}",
        "key {key} no longer leads callers who wait for {name} to {old}",
    ),
    "departments.*.mailbox": Phrase(
        "messages for {name} are now mailed to {new} instead of {old}",
        "messages for {name} are now mailed to {new}",
        "messages for {name} are no longer mailed to {old}",
    ),
    "people.*.name": Phrase("{old} is now called {new}"),
    "people.*.phone": Phrase("{who} now has the extension {new} instead of {old}"),
    "people.*.skills.*": Phrase(
        "{who} now has {new} in {last} instead of {old}",
        "{who} now has {new} in {last}",
        "{who} no longer has any {last}",
    ),
    "people.*.penalty": Phrase("{who} now has penalty {new} instead of {old}"),
    "people.*.language": Phrase("{who} now speaks {new} instead of {old}", "{who} now speaks {new}"),
    "people.*.no_answer": Phrase(
        "who does not reach {who} is now led to {new} instead of {old}",
        "who does not reach {who} is now led to {new}",
        "who does not reach {who} is no longer led to {old}",
    ),
    "mailboxes.*.keep": Phrase("messages of {who} are kept for {new} days instead of {old}"),
    "mailboxes.*.longest": Phrase("a message for {who} may last {new} instead of {old}"),
    "mailboxes.*.least": Phrase("a message for {who} lasts at least {new} instead of {old}"),
    "mailboxes.*.closed": Phrase(
        "",
        "{who} now has another greeting outside of its hours: {new}",
        "{who} no longer has another greeting outside of its hours",
    ),
    "faxboxes.*.keep": Phrase("faxes of {who} are kept for {new} days instead of {old}"),
    "by_phone.closing": Phrase("", "the line can now be closed by phone", "the line can no longer be closed by phone"),
    "by_phone.recording": Phrase(
        "", "recordings can now be spoken by phone", "recordings can no longer be spoken by phone"
    ),
    "company.name": Phrase("the company is now called {new} instead of {old}"),
    "company.timezone": Phrase(
        "the company now goes by the clock of {new} instead of {old}, and so do hours that name no clock"
    ),
    "company.country": Phrase("numbers are now read as dialled in {new} instead of {old}"),
    "outbound.at_once": Phrase("at most {new} calls are placed at once instead of {old}"),
    "emergency.attendants": Phrase("at most {new} callers are served in an emergency instead of {old}"),
}

#: Lists whose members come and go: what is said of one more, and of one less.
MEMBERS: dict[str, tuple[str, str]] = {
    "people.*.departments": ("{who} now answers for {one}", "{who} no longer answers for {one}"),
    "mailboxes.*.mail": ("{one} is now mailed the messages of {who}", "{one} is no longer mailed those of {who}"),
    "mailboxes.*.departments": ("{one} now reads {who}", "{one} no longer reads {who}"),
    "mailboxes.*.people": ("{one} now reads {who}", "{one} no longer reads {who}"),
    "faxboxes.*.deliver": ("faxes of {who} now also go to {one}", "faxes of {who} no longer go to {one}"),
    "outbound.prefixes": ("numbers that begin with {one} may now be called", "{one}… may no longer be called"),
    "emergency.phones": ("in an emergency {one} is now rung", "in an emergency {one} is no longer rung"),
    "departments.*.emergency_phones": (
        "in an emergency {one} is now rung for {name}", "in an emergency {one} is no longer rung for {name}",
    ),
    "departments.*.dispositions": (
        "{one} can now be said of calls for {name}", "{one} can no longer be said of calls for {name}",
    ),
    "menus.*.collect.starts_with": (
        "what is entered in {who} may now begin with {one}", "what is entered in {who} may no longer begin with {one}",
    ),
    "company.languages": ("the company now speaks {one}", "the company no longer speaks {one}"),
}  # fmt: skip

#: What is so or not: what is said when it is so now, and when it no longer is.
TOGGLES: dict[str, tuple[str, str]] = {
    "menus.*.direct_dial": (
        "extensions can now be dialled in {who}", "extensions can no longer be dialled in {who}",
    ),
    "menus.*.barge_in": ("keys now cut what {who} says", "keys no longer cut what {who} says"),
    "menus.*.collect.secret": (
        "what is entered in {who} is now secret: it is kept nowhere",
        "what is entered in {who} is no longer secret: it is kept with the call, and shown",
    ),
    "mailboxes.*.review": (
        "callers of {who} may now hear and change their message", "callers of {who} can no longer change their message",
    ),
    "mailboxes.*.transcribe": (
        "messages of {who} are now written down", "messages of {who} are no longer written down",
    ),
}  # fmt: skip

#: Values that are words of the schema, and not of people, by the field that they stand in.
VALUES: dict[str, dict[object, str]] = {
    "tries": {1: "once", 2: "twice", **{n: f"{n} times" for n in range(3, 10)}},
    "ring": {
        "longest_idle": "who has been free the longest",
        "ring_all": "everybody at once",
        "linear": "one after the other in their order",
        "round_robin": "one after the other in turn",
        "fewest_calls": "who has had the fewest calls",
    },
    "check": {"none": "nothing", "luhn": "its check digit"},
}

#: What a spoken text is for, by the end of its path.
SPEAKS: dict[str, str] = {
    "menus.*.say": "{who} says",
    "menus.*.silence.say": "after silence {who} says",
    "menus.*.mistake.say": "after a wrong key {who} says",
    "menus.*.closed.say": "when closed, {who} says",
    "menus.*.keys.*.say": "after key {key} {who} says",
    "mailboxes.*.greeting.say": "{who} greets",
    "mailboxes.*.closed.say": "outside of its hours {who} greets",
}
