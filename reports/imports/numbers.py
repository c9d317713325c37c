"""How numbers of a file become those of records: as they would be if the call had come to us. Pure."""

from __future__ import annotations

from dataclasses import dataclass

from callrouter.caller_number import ani_of, is_withheld, number_of

#: So many digits are an extension: no customer outside calls from such a number.
_EXTENSION = 4


@dataclass(frozen=True)
class Numbers:
    """Numbers as they are dialled in `country`, '' where they are kept as they stand in the file.

    With `inside` calls from extensions are contacts as well, as of a help desk for the house.
    """

    country: str = ""
    inside: bool = False

    def caller(self, said: str) -> str:
        """Return a caller's number in E.164, '' where it was withheld; what is no number stays as it is."""
        if not self.country:
            return "" if is_withheld(said) else said
        return ani_of(said, self.country)

    def name(self, said: str) -> str:
        """Return a caller's name, '' for the words that stand in its place."""
        return "" if is_withheld(said) else said

    def dialled(self, said: str) -> str:
        """Return the number of ours that was dialled, in E.164 where it is one."""
        return (number_of(said, self.country) if self.country else None) or said

    def sets_aside(self, said: str) -> bool:
        """Tell whether somebody of the house called: a colleague, or an agent who asks before passing a caller on.

        >>> Numbers().sets_aside("101"), Numbers().sets_aside("+37060000001"), Numbers(inside=True).sets_aside("101")
        (True, False, False)
        """
        return not self.inside and said.isdecimal() and len(said) <= _EXTENSION and not is_withheld(said)
