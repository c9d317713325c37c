"""What a template may do, and that one which tries more, or comes to no end, fails with words that say why."""

from __future__ import annotations

import json
import time
from typing import Any

import pytest

from config.templates import TemplateFault, Text, Value, in_address, in_json, plain

GIVEN: dict[str, Any] = {
    "customer": {"name": 'O"na\n<b>\u202e', "id": "7", "items": "theirs"},
    "data": {"ani": "+37060000001", "list": [1, 2, 3]},
    "none": None,
    "long": "x" * 3_000,
    "many": ["abc"] * 5_000,
}


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ('{"name": "{{ customer.name }}"}', {"name": 'O"na\n<b>\u202e'}),
        ('{"all": {{ data|tojson }}}', {"all": GIVEN["data"]}),
        ('{"n": {{ data.list|length }}, "first": {{ data.list[0] }}}', {"n": 3, "first": 1}),
        ('{"nobody": "{{ nobody.name.first }}", "none": "{{ none }}"}', {"nobody": "", "none": ""}),
        ('{"x": "{% if customer %}known{% else %}unknown{% endif %}"}', {"x": "known"}),
        ('[{% for n in data.list %}{{ n }}{{ "," if not loop.last }}{% endfor %}]', [1, 2, 3]),
        ('{"x": "{{ "a" ~ customer.id ~ "b" }}"}', {"x": "a7b"}),
        ('{"x": "{{ customer.items }}"}', {"x": "theirs"}),
        ('{"x": "{{ data.ani|digits }}", "y": "{{ data["ani"]|truncate(4) }}"}', {"x": "37060000001", "y": "+370"}),
        ('{"x": "{{ none|default("-") }}", "y": {{ customer is mapping }}}', {"x": "-", "y": True}),
        ('{"x": "{% for pair in data|items %}{{ pair[0] }};{% endfor %}"}', {"x": "ani;list;"}),
        ('{"x": "{% set a = 40 + 2 %}{{ a }}"}', {"x": "42"}),
        ('{"x": {{ [1, (2, "b"), {"c": data.list}]|tojson }}}', {"x": [1, [2, "b"], {"c": [1, 2, 3]}]}),
        ('{"x": "{% for a, b in [(1, 2), (3, 4)] %}{{ a + b }};{% endfor %}"}', {"x": "3;7;"}),
        ('{"x": "{% set a, b = 1, "y" %}{{ b ~ a }}{{ "in" if a in [1, 2] }}"}', {"x": "y1in"}),
    ],
)
def test_what_templates_of_json_make(source: str, made: object) -> None:
    assert json.loads(Text(source, in_json).render(GIVEN)) == made


@pytest.mark.parametrize(
    ("source", "why"),
    [
        ("{{ ''.__class__ }}", "reaches for '__class__'"),
        ("{{ ''['__class__'] }}", "reaches for '__class__'"),
        ("{{ customer.name.upper }}", "may not do this: 'upper'"),
        ("{{ self.__init__ }}", "reaches for '__init__'"),
        ("{{ data.list.append }}", "may not do this: 'append'"),
        ("{{ customer.name.__class__.__mro__[1].__subclasses__() }}", "calls something"),
        ("{{ '%s'.format(1) }}", "calls something"),
        ("{{ range(9) }}", "calls something"),
        ("{% for x in lipsum(n=99999) %}{% endfor %}", "calls something"),
        ("{% set n = namespace(a=1) %}", "calls something"),
        ("{{ customer|attr('__class__') }}", "No filter named 'attr'"),
        ("{{ data.list|map(attribute='__class__') }}", "No filter named 'map'"),
        ("{{ '%9999999999s'|format(1) }}", "No filter named 'format'"),
        ("{{ '%9999999999s' % 1 }}", "'%' with what is no number"),
        ("{% include '/etc/passwd' %}", "includes"),
        ("{% import 'os' as os %}", "imports"),
        ("{% from 'os' import system %}", "imports"),
        ("{% extends 'x' %}", "extends"),
        ("{% macro m() %}{{ m() }}{% endmacro %}", "defines a macro"),
        ("{% for x in long recursive %}{{ loop(x) }}{% endfor %}", "it"),
        ("{{ customer is sameas none }}", "No test named 'sameas'"),
        ("{% if %}", "cannot be read"),
        ("{{ customer.name", "cannot be read"),
        ("{% for a in long %}{% for b in long %}{% for c in long %}{% endfor %}{% endfor %}{% endfor %}", "an end"),
        ("{% for a in many %}{{ many|tojson }}{% endfor %}", "an end: it makes"),
        ("{% for a in many %}{% set x = many|tojson %}{% endfor %}", "an end"),
        ("{{ 'x' * 999999999 }}", "'*' with what is no number"),
        ("{{ 9 ** 9 ** 9 }}", "'**'"),
        ("{{ 9223372036854775807 * 9 * 9 }}", "'*'"),
        ("{{ -long }}", "cannot be used with this"),
        ("{% set a = long ~ long %}" + "{% set a = a ~ a %}" * 30, "an end: it makes a text"),
        ("{% set a = long + long %}" + "{% set a = a + a %}" * 30, "an end: it makes a text"),
        ("{% set a = [1] %}" + "{% set a = [a, a] %}" * 40 + "{{ a }}", "an end: it puts together"),
        ("{% set a = [1] %}" + "{% set a = (a, a) %}" * 40 + "{{ a|tojson }}", "an end: it puts together"),
        ("{% set a = 1 %}" + "{% set a = {'b': a, 'c': a} %}" * 40, "an end: it puts together"),
        ("{% set a = 1 %}" + "{% set a = (a, a) %}" * 40 + "{{ {a: 1} }}", "an end: it puts together"),
        ("{% set a, b = [1], [1] %}" + "{% set a, b = [a, a], [b, b] %}" * 40 + "{{ a == b }}", "it puts together"),
        ("{% set a = [1] %}" + "{% set a = [a] %}" * 60, "lists within each other"),
        ("{% for a in [many, many, many] %}{% endfor %}", "an end: it puts together"),
        ("{% set a = [" + "long, " * 90 + "] %}", "an end: it puts together"),
        ("{{ many|join(long) }}", "an end: it makes a text"),
        ("{% for x in long ~ long %}{{ long ~ long }}{% endfor %}", "an end: it makes"),
        ("{% for a in many %}" * 21 + "{% endfor %}" * 21, "10 loops, within each other"),
        ("{% if none %}" * 101 + "{% endif %}" * 101, "60 parts"),
        ("{{ customer" + ".a" * 210 + " }}", "60 parts"),
        ("{{ " + "1 + " * 210 + "1 }}", "60 parts"),
        ("{{ " + "(" * 9_000 + "1" + ")" * 9_000 + " }}", "cannot be used with this"),
        ("{{ 1e999 }}", "a number without end"),
        ("{{ [1e999]|tojson }}", "a number without end"),
        ("{{ none|digits }}" * 1_500, "more than 20,000 letters"),
        ("{% set a %}aaaa{% endset %}" + "{% set a %}{{ a }}{{ a }}{% endset %}" * 40, "sets a block of text"),
    ],
)
def test_what_a_template_may_not_do(source: str, why: str) -> None:
    began = time.process_time()
    with pytest.raises(TemplateFault, match="template") as fault:
        Text(source, in_json).render(GIVEN)
    assert why in str(fault.value)
    assert time.process_time() - began < 2.0  # its own bound is a tenth of a second


@pytest.mark.parametrize(
    ("source", "made"),
    [
        ("{{ data.list|length }}", 3),
        ("{{ none }}", None),
        ("{{ [customer.id] if customer else none }}", ["7"]),
        ("call of {{ customer.id }}", "call of 7"),
        ("no template", "no template"),
        ({"a": "{{ none }}", "b": 1, "c": [True, "{{ customer.id }}"]}, {"b": 1, "c": [True, "7"]}),
    ],
)  # fmt: skip
def test_what_templates_of_values_make(source: object, made: object) -> None:
    assert Value(source).render(GIVEN) == made


@pytest.mark.parametrize(
    "source",
    [
        pytest.param(("{{ none" + "|string" * 50 + " }}") * 55, id="filters"),
        pytest.param("{{none}}" * 2_500, id="values"),
        pytest.param("{{ [1,2,3,4,5,6,7,8,9] }}" * 799, id="lists"),
    ],
)
def test_what_is_as_long_and_as_deep_as_can_be_is_soon_read(source: str) -> None:
    began = time.thread_time()
    Text(source)
    assert time.thread_time() - began < 2.0  # of the processor; measured a fifth of a second


@pytest.mark.parametrize("source", ["{{ ''.__class__ }}", "{{ 1e999 }}", {"a": ["{{ f() }}"]}, {"a": "{% for %}"}])
def test_a_value_is_held_to_the_same(source: object) -> None:
    with pytest.raises(TemplateFault):
        Value(source).render(GIVEN)


def test_a_value_stays_within_its_piece_of_an_address() -> None:
    made = Text("module/{{ name }}/x", in_address).render({"name": "../?a=b&c#d/é"})
    assert made == "module/..%2F%3Fa%3Db%26c%23d%2F%C3%A9/x"
    assert Text("{{ name }}", plain).render({"name": "<b>"}) == "<b>"
