"""The examples of `config.rules.catalogue_tests`: what is changed in the sample to break each rule, and to keep it.

As in `config.rules.examples_errors`.
"""

from __future__ import annotations

_MAIL = "\nmail: {"


def _test(expect: str, name: str = "sales", to: str = '"+370 5 200 0000"', at: str = "2026-12-21T10:00") -> str:
    return f"  - name: {name}\n    call: {{to: {to}, at: {at}}}\n    press: [1]\n{expect}"


def _tests(*tests: str) -> tuple[tuple[str, str], ...]:
    """Return the change that adds tests to the sample."""
    return ((_MAIL, f"\ntests:\n{''.join(tests)}{_MAIL[1:]}"),)


_SALES = "    expect: {department: sales}\n"
_KEPT = _tests(_test(_SALES))

#: Rule, what breaks it, what keeps it.
TESTS: tuple[tuple[str, object, object], ...] = (
    ("E360", _tests(_test("    expect: {department: §sails}\n")), _KEPT),
    (
        "E361",
        _tests(_test(_SALES), _test(_SALES, name="§sales")),
        _tests(_test(_SALES), _test(_SALES, name="sales once more")),
    ),
    ("E362", _tests(_test(_SALES, at="§2026-03-29T03:30")), _tests(_test(_SALES, at="2026-03-29T04:30"))),
    ("W470", _tests(_test("", name="§sales")), _KEPT),
    ("W471", _tests(_test(_SALES, to='§"+370 5 200 0009"')), _KEPT),
)
