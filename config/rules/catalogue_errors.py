"""The catalogue of errors: what each is called, and a paragraph for the admin who wants to know why.

Owns the words only; `config.rules.book` makes rules of them. E1xx read the files, E2xx compare them with the schema,
E3xx look at the site as a whole.
"""

from __future__ import annotations

#: Id, title and explanation of each.
ERRORS = (
    (
        "E101",
        "a file or folder cannot be read",
        """The folder, or a file in it, is missing, is not a regular file, or may not be read by this user.
        Nothing of it is used, so nothing is guessed about what it might have said.""",
    ),
    (
        "E102",
        "a link leads out of the folder",
        """A site is what lies in its folder. A symbolic link to a file elsewhere would let a change outside the
        folder alter the menus unseen, so it is not followed. Copy the file in.""",
    ),
    (
        "E103",
        "too large",
        """A file may have 1 MiB, all files together 4 MiB, and there may be 100 of them. Large sites need about
        a tenth of that; more is a mistake, or an attempt to keep the server busy.""",
    ),
    (
        "E104",
        "not plain UTF-8 text",
        """Files are read as UTF-8, without NUL and other control characters. A file in another encoding would
        give the voices wrong letters to speak.""",
    ),
    (
        "E105",
        "not YAML",
        """The text breaks the rules of YAML: most often a line is indented differently from its neighbours, a tab
        is used for indentation, a quote or bracket is not closed, or a text with a colon has no quotes.""",
    ),
    (
        "E106",
        "nested too deeply",
        """Mappings and lists may lie 12 deep in each other. The deepest thing of the menu language lies 6 deep.""",
    ),
    (
        "E107",
        "too many values",
        """All files together may have 150,000 keys and values, and one list, one mapping or one section 10,000
        entries. More would keep the server busy for long, at every start and every publishing.""",
    ),
    (
        "E108",
        "anchors, aliases, tags, merge keys and directives are refused",
        """A menu must be readable where it stands. With anchors (&), aliases (*), merge keys (<<), tags (!) and
        directives (%), what a line means is decided elsewhere, and a few lines can grow to millions.
        Write the text out, or put it in quotes if the sign belongs to it.""",
    ),
    (
        "E109",
        "a key is written twice",
        """The same key stands twice in one mapping, or the same entry in two files. Only one of them could be
        used, and nobody could see which.""",
    ),
    (
        "E110",
        "an unknown variable",
        """A secret is written as ${ENV:NAME} and taken from the environment of the server. The variable named
        here is not set there, or the name is not one.""",
    ),
    (
        "E111",
        "not a mapping of keys",
        """A file is one mapping: names of sections with what belongs to them. Keys are plain texts, and there is
        one document per file.""",
    ),
    (
        "E112",
        "no YAML file",
        """The folder has no file that ends in .yaml or .yml, so there is no site in it.""",
    ),
    (
        "E201",
        "an unknown key",
        """The menu language has no such key here. Unknown keys are errors, because a key that is silently ignored
        is a menu that does not do what its author reads in it.""",
    ),
    (
        "E202",
        "a key is missing",
        """Something that has no sensible default is not written.""",
    ),
    (
        "E203",
        "the wrong kind of value",
        """A text, number, list or mapping stands where another kind of value is needed. Note that numbers are
        texts only in quotes.""",
    ),
    (
        "E204",
        "a value that is not allowed",
        """The value has the right kind but cannot be used: outside its limits, not one of the words known here,
        or not in the form needed.""",
    ),
    (
        "E205",
        "keys that do not go together",
        """Each key is right by itself, but not beside the others: some exclude each other, some need each other.""",
    ),
    (
        "E301",
        "an unknown destination",
        """A caller would be led to a menu, department or person that does not exist, and the call would break
        there.""",
    ),
    (
        "E302",
        "a name used twice",
        """Menus, departments and people share their names, so that a destination can be written as a bare name.
        A name that two of them have would not say where a caller goes.""",
    ),
    (
        "E303",
        "two people with one phone",
        """An extension belongs to one person: two phones would fight for one registration, and calls would be
        counted for the wrong person.""",
    ),
    (
        "E304",
        "an unknown department",
        """A person is to serve, or a mailbox or fax box to be read by, a department that does not exist: the
        person would never ring for it, and nobody would read what comes in.""",
    ),
    (
        "E305",
        "unknown hours",
        """Opening hours are named that are not written under `hours:`.""",
    ),
    (
        "E306",
        "not a telephone number",
        """The number can be read neither with its country code nor as dialled within the company's country, so
        no call would ever be recognised by it.""",
    ),
    (
        "E307",
        "a number written twice",
        """The same number stands twice, written differently. Only the first would ever be used.""",
    ),
    (
        "E308",
        "an endless loop",
        """These menus and departments hand a caller on to each other at once, without listening and without
        anybody's phone ringing. The call would go round until the caller hangs up, in silence.""",
    ),
    (
        "E309",
        "closed leads to itself",
        """Outside the hours a caller is sent back to the very place that is closed.""",
    ),
    (
        "E310",
        "an unknown mailbox",
        """Voicemail is left for a department, a person, or a mailbox under `mailboxes:`. There is none of that
        name, so the message would belong to nobody.""",
    ),
    (
        "E311",
        "hours that cannot be read",
        """Opening hours are days and times such as "mon-fri 09:00-18:00"; holidays name a country that is
        known; single days are dates that exist.""",
    ),
    (
        "E312",
        "a language the company does not speak",
        """A caller would be switched to a language that is not among the company's `languages:`, for which
        there are no texts and no voice.""",
    ),
    (
        "E313",
        "an unknown emergency phone",
        """Emergency phones are people, by their name. Nobody of that name exists, and it would be noticed only
        on the day it is needed.""",
    ),
    (
        "E314",
        "an entry that nobody can make",
        """The beginning asked for is longer than the whole entry may be, so every entry would be refused.""",
    ),
    (
        "E315",
        "nothing to go back to",
        """A number is where a call begins: there is no menu before it to go back to, or to repeat.""",
    ),
    (
        "E316",
        "an unknown country",
        """The company's country is not one whose way of writing telephone numbers is known.""",
    ),
    (
        "E317",
        "a language that no voice speaks",
        """No voice knows this language, so its texts could not be spoken and the server would not start with
        them. Languages are written by their codes, such as en, lt or de, with or without a region.""",
    ),
    (
        "E318",
        "an unknown phrase",
        """Switchroom says nothing that has this name, so callers would never hear the text; most often the name
        is misspelt. Texts of your own belong to menus.""",
    ),
    (
        "E319",
        "an unknown fax box",
        """Faxes come to a box under `faxboxes:`, and those sent by mail leave from one. There is none of that name,
        not even for a department or person who has it: a fax would belong to nobody, and would not be taken.""",
    ),
    (
        "E320",
        "a mailbox or fax box for an unknown person",
        """It is to be read by a person who does not exist. Whoever was meant would not see what comes in.""",
    ),
    (
        "E321",
        "a mailbox that belongs to nobody",
        """A mailbox belongs to the department or person of its name. This one has the name of neither, and does not
        say by `departments:` or `people:` who reads it: messages would lie in it unseen.""",
    ),
    (
        "E322",
        "two places that say who is mailed",
        """A department's `mailbox:` is short for the `mail:` of its mailbox. Where both are written, only one of
        them could be used, and nobody could see which.""",
    ),
    (
        "E323",
        "a recording that cannot be played",
        """What `play:` names is a file below `recordings/` in the site's folder, one for each language of the
        company. It is missing, or has a form that telephones cannot play: callers would hear nothing in its
        place.""",
    ),
    (
        "E324",
        "a fax box that belongs to nobody",
        """A fax box belongs to the department or person of its name. This one has the name of neither, and does not
        say by `departments:` or `people:` who reads it: faxes would lie in it unseen, and nobody could send.""",
    ),
    (
        "E325",
        "a sender that no mail can have",
        """Who may send faxes by mail is written as an address, or as all of a domain, such as "@acme.example".
        No mail comes from what is written here, so whoever is meant would always be refused.""",
    ),
    (
        "E326",
        "a web-hook or connector whose address cannot be used",
        """The address names no machine, or a port that there cannot be. Nothing would ever arrive there.""",
    ),
    (
        "E327",
        "a connector in your own network that does not say so",
        """Nothing is sent to this machine, to private networks or to those of a cloud's inner services, so that nobody
        can use the server to reach what is behind the firewall. Where it is meant, `internal: true` allows it.""",
    ),
    (
        "E328",
        "a template that cannot be used",
        """The template has a mistake, or does what templates may not do: nothing can be called, imported or defined in
        them. Everything that it should have written would fail.""",
    ),
    (
        "E329",
        "an event that never happens",
        """No kind of event has this name or begins so, so nothing would ever leave for it; most often the name is
        misspelt.""",
    ),
    (
        "E330",
        "a user of Zammad's who is nobody here",
        """Under `users:` stands by what Zammad knows the people of the site. There is no person of this name, so
        somebody's calls would be nobody's there.""",
    ),
    (
        "E331",
        "a description of a CRM that does nothing",
        """With neither `lookup:` nor `journal_call:` the CRM is never asked who calls, and never told of a call.""",
    ),
    (
        "E332",
        "a report that there is not",
        """The schedule names a report that does not exist, so nothing would ever be mailed; most often the name is
        misspelt.""",
    ),
    (
        "E333",
        "reports of nobody, or for nobody",
        """The department whose reports are shown or mailed, or the person who may see them, is not in the site. Most
        often the name is misspelt, or has been changed elsewhere.""",
    ),
    (
        "E334",
        "a report of one department that is of the whole site",
        """The schedule asks for one department of a report that follows callers through the whole site, so it could
        never be made. Leave the department out, or schedule a report that can be of one.""",
    ),
)
