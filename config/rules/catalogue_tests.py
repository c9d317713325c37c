"""The catalogue of what can be wrong with the site's own tests.

Owns the words only; `config.rules.book` makes rules of them.
"""

from __future__ import annotations

#: Id, title and explanation of each.
TESTS = (
    (
        "E360",
        "a test of something that there is not",
        """The test names a menu, department, person, mailbox, fax box or language that the site does not have. Most
        often the name is misspelt, or has been changed elsewhere; the test could never pass, or not mean what it
        says.""",
    ),
    (
        "E361",
        "two tests of one name",
        """A test is known by its name: when one of the two fails, nobody could tell which. Say in the name what is
        different.""",
    ),
    (
        "E362",
        "a test at a time that never comes",
        """In the night in which clocks are put on an hour is left out, and the test calls in that hour. Write another
        time, or the moment with its zone.""",
    ),
    (
        "W470",
        "a test that expects nothing",
        """Whatever comes of the call, the test passes, so it guards nothing. With `not_heard:` alone it passes when
        nothing at all is heard. Say at least where the caller must be at the end.""",
    ),
    (
        "W471",
        "a test that calls a number of somebody else",
        """The site has no such number, so the caller only hears that it is not in use. Where that is meant, the test
        says `outcome: unknown_number`.""",
    ),
)
