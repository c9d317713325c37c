"""The catalogue of warnings: what each is called, and a paragraph for the admin who wants to know why.

Owns the words only; `config.rules.book` makes rules of them. W4xx look at the site as a whole.
"""

from __future__ import annotations

#: Id, title and explanation of each.
WARNINGS = (
    (
        "W401",
        "a menu that nobody can reach",
        """No number, key or other destination leads to this menu. Perhaps a key was forgotten, or the menu is a
        left-over.""",
    ),
    (
        "W402",
        "a text missing in a language",
        """The company speaks several languages, and this text is not written in all of them. Callers who
        chose another one hear it in the wrong language.""",
    ),
    (
        "W403",
        "a department with nobody in it",
        """Callers would wait for somebody who cannot come, until they overflow or give up.""",
    ),
    (
        "W404",
        "a key that hides an extension",
        """With direct dialling callers enter extensions in this menu. This key is exactly one of them, so the
        person cannot be dialled here. A key that only begins an extension is fine: we wait for the rest.""",
    ),
    (
        "W405",
        "back, where nothing was before",
        """A number leads straight here, so for those callers there is nothing to go back to, and no menu to
        repeat: a menu is said again, and where there is none the call ends.""",
    ),
    (
        "W406",
        "callers who circle",
        """Callers who wait too long are led on, and from there back again. Whoever is not answered goes round,
        each time losing the place in the line. A menu on the way stops nobody who presses nothing there.""",
    ),
    (
        "W407",
        "no way on after silence or mistakes",
        """The menu does not say where a caller goes who presses nothing, or the wrong key, too often. The call
        would be hung up: a caller with a dial telephone, or one who just did not understand, reaches nobody.""",
    ),
    (
        "W408",
        "a mailbox without address",
        """Callers may leave a message here, but the mailbox has no address, so nobody is told by e-mail. Messages
        are kept and shown on the web pages only. Who wants just that writes `mail: []`.""",
    ),
    (
        "W409",
        "a menu that says nothing",
        """The menu waits for keys, but has neither `say:` nor `play:`. Callers hear silence and hang up.""",
    ),
    (
        "W410",
        "a text in a language the company does not speak",
        """The text, voice, speech model or person has a language that is not among the company's `languages:`. No
        caller will ever be led to it, and the person hears the company's first one.""",
    ),
    (
        "W411",
        "an extension that is an emergency number",
        """Whoever dials 110, 112, 911 or 999 on a phone of the company wants the police, the fire brigade or an
        ambulance. With this extension a colleague's phone rings instead.""",
    ),
    (
        "W412",
        "no emergency phone",
        """While the server is down, callers of a department are led to its `emergency_phones:`, else to the
        site's `emergency: phones:`. With neither no phone rings, and they can only leave a message.""",
    ),
    (
        "W413",
        "hours that nothing keeps",
        """No menu, department or mailbox names these opening hours. Perhaps `hours:` was forgotten there and it is
        always open, or the hours are a left-over.""",
    ),
    (
        "W414",
        "a department with `hours:` or `closed:` alone",
        """A department is closed only if it has both: `hours:` says when it is open, and `closed:` where callers
        go at other times. With one of them alone it is always open, and callers wait in its line at night too.""",
    ),
    (
        "W415",
        "addresses, but no mail server",
        """The site says who is to be mailed, but no `mail:` section says which server takes the mail. Messages and
        faxes are kept and shown on the web pages; nobody is mailed.""",
    ),
    (
        "W416",
        "a PIN that is easily guessed",
        """Whoever knows the PIN hears the messages. One digit again and again, digits that count up or down, and
        the extensions of those who read the mailbox are what a stranger tries first.""",
    ),
    (
        "W417",
        "a password sent in the open",
        """With `security: none` nothing is hidden on the way to the mail server, or to the mailbox from which faxes
        are sent, the password neither. That is for a server on this machine only.""",
    ),
    (
        "W418",
        "a prefix of numbers that we may call is too wide",
        """Under +3 lie the numbers of a dozen countries and more, under +37 those of ten, and under +881 those of
        satellites. Some of them are costly, and who tricks the server into calling such a number earns by it. A prefix
        is wide enough as the whole code of a country.""",
    ),
    (
        "W419",
        "a mailbox that nothing leads to",
        """No key and no other destination leads callers to this mailbox. It gets what is forwarded to it, and what
        is left while the server is down. Perhaps `no_answer:` was forgotten, or it is a left-over.""",
    ),
    (
        "W420",
        "a fax box that is delivered to nobody",
        """Faxes come to this box, but nobody gets them: they are kept and shown on the web pages only. Who wants just
        that writes `deliver: []`.""",
    ),
    (
        "W421",
        "a web-hook that is sent faxes in the open",
        """With http:// nothing is hidden: everybody on the way to that machine can read the faxes. The signature
        proves who sent them, and hides nothing. That is for this machine only.""",
    ),
    (
        "W422",
        "a fax tone that nobody listens for",
        """The number leads straight to a fax box, so every call to it is taken for a fax at once. `fax:` is for
        numbers on which people talk.""",
    ),
    (
        "W423",
        "a folder that faxes cannot be put into",
        """The folder is not there on this machine, is no folder, or this user may not write into it. Until that is
        mended its faxes wait in Switchroom; nobody finds them where they are looked for.""",
    ),
    (
        "W424",
        "one receiver written twice",
        """The box delivers each fax to the same address, folder or web-hook twice. Perhaps another one was meant.""",
    ),
    (
        "W425",
        "a connector that is told of calls in the open",
        """With http:// nothing is hidden: everybody on the way to that machine can read who called whom, and the
        password or token. A signature proves who sent it, and hides nothing.""",
    ),
    (
        "W426",
        "a secret written in the site",
        """Sites are copied, mailed and kept under version control, and this secret with them. Written as ${ENV:NAME} it
        is taken from the environment of the server. The address of Zammad's interface holds a token, too.""",
    ),
)
