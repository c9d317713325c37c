"""The catalogue of what makes a menu or its hours fail callers though every line is right by itself.

Owns the words only; `config.rules.book` makes rules of them.
"""

from __future__ import annotations

#: Id, title and explanation of each.
MENUS = (
    (
        "E340",
        "menus that nobody gets out of",
        """Whatever a caller presses here, or does not press, only leads to the same few menus again: there is no way
        to a person, to a mailbox or to the end of the call.""",
    ),
    (
        "E341",
        "an address that cannot be",
        """It looks like a mail address, but no mail server would take it. Whoever is meant would never be mailed, and
        it would be noticed only when somebody misses a message.""",
    ),
    (
        "W440",
        "a key is announced that does nothing",
        """The text tells callers to press a key that the menu does not have: they would hear that it is no option.
        Only texts in languages whose words for "press" and for the digits are known are read, and no recordings.""",
    ),
    (
        "W441",
        "a key that is not announced",
        """The menu has a key that its text does not name, so only those who know of it press it. Keys that go `back`
        or `repeat` need not be announced, nor one that only chooses the language which the text is in. A text that
        announces nothing at all, in a way known here, is left alone.""",
    ),
    (
        "W442",
        "a key after which callers wait",
        """Another key begins with this one, so after it we wait for the rest, as long as `wait: {between_keys: …}`
        says. With `direct_dial:` an extension may begin with it, too: that cannot be helped, so only a wait of more
        than the usual 2 seconds is told.""",
    ),
    (
        "W443",
        "a prompt in which nothing is heard",
        """The text has no words, or the recording is silent from beginning to end. Callers hear nothing, take the line
        for dead and hang up.""",
    ),
    (
        "W444",
        "a prompt that takes too long",
        """To hear this takes more than a minute. Callers forget what they heard first, press whatever they remember,
        or hang up. A voice speaks about 15 letters a second.""",
    ),
    (
        "W445",
        "a recording that nobody hears",
        """The file lies among the recordings, but no `play:` names it, its folder is that of no language of the
        company, or it ends in something that telephones do not play. Often its name is written otherwise there.""",
    ),
    (
        "W446",
        "callers are hung up on without a word",
        """Whoever presses nothing, or the wrong key, too often is hung up on, and nothing is said before. It seems to
        callers that the line broke, so they call again.""",
    ),
    (
        "W447",
        "a department that nobody can serve",
        """The department asks for skills that none of its people has, all of them and as high as that, and it never
        asks for less. Callers would wait for somebody who cannot come, whoever is logged in.""",
    ),
    (
        "W448",
        "opening hours with a small gap",
        """Between two times of a day lie some minutes that belong to neither. Whoever calls in them is told that you
        are closed. A break of a quarter of an hour or more is taken for meant.""",
    ),
    (
        "W449",
        "opening hours that overlap",
        """Two times of the same day cover each other in part. It is open during both, so nothing is wrong yet; but who
        changes one of them later changes nothing, and wonders.""",
    ),
    (
        "W450",
        "hours that are never open",
        """There is no day and no time in these hours, so whatever keeps them is closed for ever. To close for some
        time keep the hours, and write `closed_on:` or close by the page.""",
    ),
    (
        "W451",
        "a day written twice",
        """A single day is closed and has times of its own, too, or is closed twice. Times of its own go before: it
        would be open on a day that somebody wanted to be closed.""",
    ),
    (
        "W452",
        "closed leads to what is closed, too",
        """Outside its hours callers are sent to a department that is closed all that time as well, and sent on from
        there. Most often its mailbox was meant.""",
    ),
    (
        "W453",
        "an address of your own network only",
        """The domain of this address has no dot, so it is known to your own mail server at most. Most often its end is
        missing.""",
    ),
    (
        "W454",
        "closed leads to a line without hours",
        """Outside the hours callers are sent to wait in a department of which nothing says that somebody is there
        then: it has no hours and no `nobody:`, so they would wait all night. Where it is served then, give it hours of
        its own, such as "daily 00:00-24:00".""",
    ),
    (
        "W455",
        "who presses nothing goes round",
        """Silence here leads to another menu, and from there, by silence or by closed doors, back again. Whoever has
        no keys to press never reaches anybody, until the call is cut off after 100 rounds. `repeat` says that a menu is
        meant to be heard again, so it is told only where that takes hours (W457).""",
    ),
    (
        "W456",
        "a department that nothing leads to",
        """No number, key or other destination leads callers to this line, so its people wait for calls that never come.
        A department that only reads a mailbox or fax box is left alone.""",
    ),
    (
        "W457",
        "silence that holds the line for hours",
        """With `silence: {go: repeat}` a menu is heard up to 100 times. A phone that was put down badly, or a machine
        that calls, holds one of your lines all that time. Less than an hour is not told; the time is counted from
        `tries:`, `wait:` and what is said.""",
    ),
)
