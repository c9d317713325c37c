"""The catalogue of rules: each has an id, a severity and a paragraph for the admin who wants to know why.

Owns the words only. E1xx read the files, E2xx compare them with the schema, E3xx and W4xx look at the site
as a whole.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from config.findings import Finding, Position, Severity


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that a site is held to."""

    id: str
    severity: Severity
    title: str
    explanation: str


def _rule(id_: str, title: str, explanation: str) -> Rule:
    return Rule(id_, "error" if id_.startswith("E") else "warning", title, " ".join(explanation.split()))


_CATALOGUE = (
    _rule(
        "E101",
        "a file or folder cannot be read",
        """The folder, or a file in it, is missing, is not a regular file, or may not be read by this user.
        Nothing of it is used, so nothing is guessed about what it might have said.""",
    ),
    _rule(
        "E102",
        "a link leads out of the folder",
        """A site is what lies in its folder. A symbolic link to a file elsewhere would let a change outside the
        folder alter the menus unseen, so it is not followed. Copy the file in.""",
    ),
    _rule(
        "E103",
        "too large",
        """A file may have 1 MiB, all files together 4 MiB, and there may be 100 of them. Large sites need about
        a tenth of that; more is a mistake, or an attempt to keep the server busy.""",
    ),
    _rule(
        "E104",
        "not plain UTF-8 text",
        """Files are read as UTF-8, without NUL and other control characters. A file in another encoding would
        give the voices wrong letters to speak.""",
    ),
    _rule(
        "E105",
        "not YAML",
        """The text breaks the rules of YAML: most often a line is indented differently from its neighbours, a tab
        is used for indentation, a quote or bracket is not closed, or a text with a colon has no quotes.""",
    ),
    _rule(
        "E106",
        "nested too deeply",
        """Mappings and lists may lie 12 deep in each other. The deepest thing of the menu language lies 6 deep.""",
    ),
    _rule(
        "E107",
        "too many values",
        """All files together may have 50,000 keys and values. More would keep the server busy for long, at every
        start and every publishing.""",
    ),
    _rule(
        "E108",
        "anchors, aliases, tags, merge keys and directives are refused",
        """A menu must be readable where it stands. With anchors (&), aliases (*), merge keys (<<), tags (!) and
        directives (%), what a line means is decided elsewhere, and a few lines can grow to millions.
        Write the text out, or put it in quotes if the sign belongs to it.""",
    ),
    _rule(
        "E109",
        "a key is written twice",
        """The same key stands twice in one mapping, or the same entry in two files. Only one of them could be
        used, and nobody could see which.""",
    ),
    _rule(
        "E110",
        "an unknown variable",
        """A secret is written as ${ENV:NAME} and taken from the environment of the server. The variable named
        here is not set there, or the name is not one.""",
    ),
    _rule(
        "E111",
        "not a mapping of keys",
        """A file is one mapping: names of sections with what belongs to them. Keys are plain texts, and there is
        one document per file.""",
    ),
    _rule(
        "E112",
        "no YAML file",
        """The folder has no file that ends in .yaml or .yml, so there is no site in it.""",
    ),
    _rule(
        "E201",
        "an unknown key",
        """The menu language has no such key here. Unknown keys are errors, because a key that is silently ignored
        is a menu that does not do what its author reads in it.""",
    ),
    _rule(
        "E202",
        "a key is missing",
        """Something that has no sensible default is not written.""",
    ),
    _rule(
        "E203",
        "the wrong kind of value",
        """A text, number, list or mapping stands where another kind of value is needed. Note that numbers are
        texts only in quotes.""",
    ),
    _rule(
        "E204",
        "a value that is not allowed",
        """The value has the right kind but cannot be used: outside its limits, not one of the words known here,
        or not in the form needed.""",
    ),
    _rule(
        "E205",
        "keys that do not go together",
        """Each key is right by itself, but not beside the others: some exclude each other, some need each other.""",
    ),
    _rule(
        "E301",
        "an unknown destination",
        """A caller would be led to a menu, department or person that does not exist, and the call would break
        there.""",
    ),
    _rule(
        "E302",
        "a name used twice",
        """Menus, departments and people share their names, so that a destination can be written as a bare name.
        A name that two of them have would not say where a caller goes.""",
    ),
    _rule(
        "E303",
        "two people with one phone",
        """An extension belongs to one person: two phones would fight for one registration, and calls would be
        counted for the wrong person.""",
    ),
    _rule(
        "E304",
        "an unknown department",
        """A person is to serve, or a mailbox to be read by, a department that does not exist: the person would
        never ring for it, and nobody would read the messages.""",
    ),
    _rule(
        "E305",
        "unknown hours",
        """Opening hours are named that are not written under `hours:`.""",
    ),
    _rule(
        "E306",
        "not a telephone number",
        """The number can be read neither with its country code nor as dialled within the company's country, so
        no call would ever be recognised by it.""",
    ),
    _rule(
        "E307",
        "a number written twice",
        """The same number stands twice, written differently. Only the first would ever be used.""",
    ),
    _rule(
        "E308",
        "an endless loop",
        """These menus and departments hand a caller on to each other at once, without listening and without
        anybody's phone ringing. The call would go round until the caller hangs up, in silence.""",
    ),
    _rule(
        "E309",
        "closed leads to itself",
        """Outside the hours a caller is sent back to the very place that is closed.""",
    ),
    _rule(
        "E310",
        "an unknown mailbox",
        """Voicemail is left for a department, a person, or a mailbox under `mailboxes:`; a fax for a department or
        a person. There is none of that name, so the message would belong to nobody.""",
    ),
    _rule(
        "E311",
        "hours that cannot be read",
        """Opening hours are days and times such as "mon-fri 09:00-18:00"; holidays name a country that is
        known; single days are dates that exist.""",
    ),
    _rule(
        "E312",
        "a language the company does not speak",
        """A caller would be switched to a language that is not among the company's `languages:`, for which
        there are no texts and no voice.""",
    ),
    _rule(
        "E313",
        "an unknown emergency phone",
        """Emergency phones are people, by their name. Nobody of that name exists, and it would be noticed only
        on the day it is needed.""",
    ),
    _rule(
        "E314",
        "an entry that nobody can make",
        """The beginning asked for is longer than the whole entry may be, so every entry would be refused.""",
    ),
    _rule(
        "E315",
        "nothing to go back to",
        """A number is where a call begins: there is no menu before it to go back to, or to repeat.""",
    ),
    _rule(
        "E316",
        "an unknown country",
        """The company's country is not one whose way of writing telephone numbers is known.""",
    ),
    _rule(
        "E317",
        "a language that no voice speaks",
        """No voice knows this language, so its texts could not be spoken and the server would not start with
        them. Languages are written by their codes, such as en, lt or de, with or without a region.""",
    ),
    _rule(
        "E318",
        "an unknown phrase",
        """Switchroom says nothing that has this name, so callers would never hear the text; most often the name
        is misspelt. Texts of your own belong to menus.""",
    ),
    _rule(
        "E319",
        "a fax, which cannot be taken yet",
        """Faxes come with a later release. Until then a caller who is led to one would be hung up on, without
        a word.""",
    ),
    _rule(
        "E320",
        "a mailbox for an unknown person",
        """The mailbox is to be read by a person who does not exist. Whoever was meant would not see its messages.""",
    ),
    _rule(
        "E321",
        "a mailbox that belongs to nobody",
        """A mailbox belongs to the department or person of its name. This one has the name of neither, and does not
        say by `departments:` or `people:` who reads it: messages would lie in it unseen.""",
    ),
    _rule(
        "E322",
        "two places that say who is mailed",
        """A department's `mailbox:` is short for the `mail:` of its mailbox. Where both are written, only one of
        them could be used, and nobody could see which.""",
    ),
    _rule(
        "E323",
        "a recording that cannot be played",
        """What `play:` names is a file below `recordings/` in the site's folder, one for each language of the
        company. It is missing, or has a form that telephones cannot play: callers would hear nothing in its
        place.""",
    ),
    _rule(
        "W401",
        "a menu that nobody can reach",
        """No number, key or other destination leads to this menu. Perhaps a key was forgotten, or the menu is a
        left-over.""",
    ),
    _rule(
        "W402",
        "a text missing in a language",
        """The company speaks several languages, and this text is not written in all of them. Callers who
        chose another one hear it in the wrong language.""",
    ),
    _rule(
        "W403",
        "a department with nobody in it",
        """Callers would wait for somebody who cannot come, until they overflow or give up.""",
    ),
    _rule(
        "W404",
        "a key that hides an extension",
        """With direct dialling callers enter extensions in this menu. This key is exactly one of them, so the
        person cannot be dialled here. A key that only begins an extension is fine: we wait for the rest.""",
    ),
    _rule(
        "W405",
        "back, where nothing was before",
        """A number leads straight here, so for those callers there is nothing to go back to, and no menu to
        repeat: a menu is said again, and where there is none the call ends.""",
    ),
    _rule(
        "W406",
        "callers who circle",
        """Callers who wait too long are led on, and from there back again. Whoever is not answered goes round,
        each time losing the place in the line.""",
    ),
    _rule(
        "W407",
        "no way on after silence or mistakes",
        """The menu does not say where a caller goes who presses nothing, or the wrong key, too often. The call
        would be hung up: a caller with a dial telephone, or one who just did not understand, reaches nobody.""",
    ),
    _rule(
        "W408",
        "a mailbox without address",
        """Callers may leave a message here, but the mailbox has no address, so nobody is told by e-mail. Messages
        are kept and shown on the web pages only. Who wants just that writes `mail: []`.""",
    ),
    _rule(
        "W409",
        "a menu that says nothing",
        """The menu waits for keys, but has neither `say:` nor `play:`. Callers hear silence and hang up.""",
    ),
    _rule(
        "W410",
        "a text in a language the company does not speak",
        """The text, voice, speech model or person has a language that is not among the company's `languages:`. No
        caller will ever be led to it, and the person hears the company's first one.""",
    ),
    _rule(
        "W411",
        "an extension that is an emergency number",
        """Whoever dials 110, 112, 911 or 999 on a phone of the company wants the police, the fire brigade or an
        ambulance. With this extension a colleague's phone rings instead.""",
    ),
    _rule(
        "W412",
        "no emergency phone",
        """While the server is down, callers of a department are led to its `emergency_phones:`, else to the
        site's `emergency: phones:`. With neither no phone rings, and they can only leave a message.""",
    ),
    _rule(
        "W413",
        "hours that nothing keeps",
        """No menu, department or mailbox names these opening hours. Perhaps `hours:` was forgotten there and it is
        always open, or the hours are a left-over.""",
    ),
    _rule(
        "W414",
        "a department with `hours:` or `closed:` alone",
        """A department is closed only if it has both: `hours:` says when it is open, and `closed:` where callers
        go at other times. With one of them alone it is always open, and callers wait in its line at night too.""",
    ),
    _rule(
        "W415",
        "addresses, but no mail server",
        """The site says who is to be mailed, but no `mail:` section says which server takes the mail. Messages are
        kept and shown on the web pages; nobody is mailed.""",
    ),
    _rule(
        "W416",
        "a PIN that is easily guessed",
        """Whoever knows the PIN hears the messages. One digit again and again, digits that count up or down, and
        the extensions of those who read the mailbox are what a stranger tries first.""",
    ),
    _rule(
        "W417",
        "a password sent in the open",
        """With `security: none` nothing is hidden on the way to the mail server, the password neither. That is for
        a server on this machine only.""",
    ),
    _rule(
        "W418",
        "a very short prefix of numbers that we may call",
        """Under one digit lie the numbers of a dozen countries and more, some of them costly: who tricks the
        server into calling such a number earns by it. Only +1 and +7 are codes by themselves.""",
    ),
    _rule(
        "W419",
        "a mailbox that nothing leads to",
        """No key and no other destination leads callers to this mailbox. It gets what is forwarded to it, and what
        is left while the server is down. Perhaps `no_answer:` was forgotten, or it is a left-over.""",
    ),
)

#: Every rule by its id.
RULES = MappingProxyType({rule.id: rule for rule in _CATALOGUE})


def found(rule: str, position: Position, message: str, mend: str = "") -> Finding:
    """Make a finding of a rule of the catalogue.

    Raises:
        KeyError: the catalogue has no such rule.
    """
    return Finding(position, rule, RULES[rule].severity, message, mend)
