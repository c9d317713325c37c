"""The languages that some voice speaks: those of espeak-ng 1.52, English among them.

Knows the codes only; which engine is installed, and speaks, is decided where speech is made.
"""

from __future__ import annotations

#: Codes without a region, as `languages:` takes them: two or three letters.
SPOKEN = frozenset(
    """
    af am an ar as az ba be bg bn bpy bs ca cmn cs cv cy da de el en eo es et eu fa fi fo fr ga gd gn grc gu hak haw
    hbs he hi hr ht hu hy hyw ia id io is it ja jbo ka kaa kk kl kn ko kok ku ky la lb lfn lt ltg lv mi mk ml mr ms
    mt mto my nb nci ne nl no nog om or pa pap pl pt py qdb qu quc qya ro ru sd shn si sjn sk sl smj sq sr sv sw ta
    te th ti tk tn tr tt ug uk ur uz vi xex yue zh
    """.split()  # noqa: SIM905 - a list of 120 quoted codes is harder to read
)


def is_spoken(language: str) -> bool:
    """Tell whether a voice speaks the language; a region such as that of en-GB makes no difference."""
    return language.partition("-")[0] in SPOKEN
