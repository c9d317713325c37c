"""The rules that a site is held to: each has an id, a severity, a title and an explanation.

The words are those of the modules `config.rules.catalogue_*`; must not know how a rule is checked.
"""

from __future__ import annotations

from dataclasses import dataclass
from types import MappingProxyType

from config.findings import Finding, Position, Severity
from config.rules.catalogue_errors import ERRORS
from config.rules.catalogue_menus import MENUS
from config.rules.catalogue_tests import TESTS
from config.rules.catalogue_warnings import WARNINGS


@dataclass(frozen=True, slots=True)
class Rule:
    """One rule that a site is held to."""

    id: str
    severity: Severity
    title: str
    explanation: str


def _rule(id_: str, title: str, explanation: str) -> Rule:
    return Rule(id_, "error" if id_.startswith("E") else "warning", title, " ".join(explanation.split()))


#: Every rule by its id.
RULES = MappingProxyType({words[0]: _rule(*words) for words in sorted((*ERRORS, *WARNINGS, *MENUS, *TESTS))})


def found(rule: str, position: Position, message: str, mend: str = "") -> Finding:
    """Make a finding of a rule of the catalogue.

    Raises:
        KeyError: the catalogue has no such rule.
    """
    return Finding(position, rule, RULES[rule].severity, message, mend)
