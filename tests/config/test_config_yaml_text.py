"""Reading one YAML text: values stay as written, places are exact, and nothing at all is a crash."""

from time import process_time

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from config.findings import Position
from config.reading.tree import Items, Mapping, Scalar, locate, plain
from config.reading.yaml_text import parse


def _root(text: str) -> Mapping:
    parsed = parse(text.encode(), "x.yaml")
    assert parsed.findings == []
    return parsed.root


@pytest.mark.parametrize(
    ("written", "value"),
    [
        ("no", "no"), ("on", "on"), ("yes", "yes"), ("y", "y"), ("2026-12-24T17:59", "2026-12-24T17:59"),
        ("2026-12-24", "2026-12-24"), ("17:59", "17:59"), ("1", 1), ("-1", -1), ("0", 0), ("01", "01"), ("+1", "+1"),
        ("0x1F", "0x1F"), ("0o17", "0o17"), ("1_000", "1_000"), ("1" * 19, "1" * 19), ("1.5", 1.5), ("1.50", "1.50"),
        ("1e3", "1e3"), (".inf", ".inf"), ("true", True), ("False", False), ("null", None), ("~", None), ("", None),
        ('"1"', "1"), ("'true'", "true"), ('""', ""), ('"a\\nb"', "a\nb"), ("Sveiki – labas", "Sveiki – labas"),
        ("|\n  two\n  lines\n", "two\nlines\n"), (">-\n  one\n  line\n", "one line"),
    ],
)  # fmt: skip
def test_values_are_read_by_yaml_1_2_and_dates_stay_texts(written: str, value: object) -> None:
    read = plain(_root(f"key: {written}"))["key"]
    assert (read, type(read)) == (value, type(value))


@pytest.mark.parametrize("key", ["1", "0", "01", "*", "#", "no", "null", "1.0", "2026-12-24", "+370 5 200 0000"])
def test_keys_are_texts_as_written(key: str) -> None:
    written = f'"{key}"' if key in "*#" else key
    assert list(_root(f"{written}: x").entries) == [key]


@pytest.mark.parametrize("text", ["", "\n\n", "# only a comment\n", "---\n", "\ufeff", "---\n...\n"], ids=repr)
def test_an_empty_file_is_no_fault(text: str) -> None:
    assert plain(_root(text)) == {}


@pytest.mark.parametrize("end", ["\n", "\r\n", "\r"], ids=repr)
@pytest.mark.parametrize("begin", ["", "\ufeff"], ids=["", "byte-order-mark"])
@pytest.mark.parametrize("text", ["ą", "𝄞", "a\u2028b", "a\x85b"], ids=["ą", "𝄞", "U+2028", "U+0085"])
def test_places_are_those_an_editor_shows(begin: str, text: str, end: str) -> None:
    root = _root(begin + end.join([f"first: '{text}'", "# comment", "second:", f"  - {{ {text[0]}: here }}"]))
    place = locate(root, ("second", 0, text[0]))
    assert (place.key, place.value) == (Position("x.yaml", 4, 7), Position("x.yaml", 4, 10))


def test_a_value_left_out_is_at_its_key() -> None:
    assert locate(_root("a:\n  b:\n  c: 1\n"), ("a", "b")).value == Position("x.yaml", 2, 3)


_keys = st.text(st.characters(codec="utf-8", exclude_categories=["C", "Z"], exclude_characters='"\\'), min_size=1)
_texts = st.text(st.characters(codec="utf-8", exclude_categories=["C"], exclude_characters="\x85\u2028\u2029"))


def _quote(text: str) -> str:
    return '"' + text.replace("\\", "\\\\").replace('"', '\\"') + '"'


@given(
    st.dictionaries(_keys, st.lists(_texts, max_size=4), min_size=1, max_size=5),
    st.integers(0, 3),
    st.integers(1, 5),
)
@settings(deadline=None, max_examples=60)
def test_every_place_is_exact(content: dict[str, list[str]], blank: int, indent: int) -> None:
    lines = ["# what follows was written by a machine"]
    expected: dict[tuple[str | int, ...], tuple[int, int]] = {}
    for key, texts in content.items():
        lines += [""] * blank
        lines.append(_quote(key) + ":" + (" []" if not texts else ""))
        expected[(key,)] = (len(lines), 1)
        for index, text in enumerate(texts):
            lines.append(" " * indent + "-  " + _quote(text))
            expected[(key, index)] = (len(lines), indent + 4)
    root = _root("\n".join(lines))
    assert plain(root) == content
    for path, (line, column) in expected.items():
        place = locate(root, path)
        assert (place.key if len(path) == 1 else place.value) == Position("x.yaml", line, column)


def _scan(node: object) -> None:
    match node:
        case Mapping():
            for key, entry in node.entries.items():
                assert isinstance(key, str) and entry.position.line >= 1
                _scan(entry.value)
        case Items():
            for item in node.nodes:
                _scan(item)
        case Scalar():
            assert node.position.line >= 1 and node.position.column >= 1
        case _:
            raise AssertionError(f"{node!r} does not belong into a tree")


_pieces = st.lists(
    st.sampled_from(
        ["a", "1", ": ", ":", "- ", "-", "\n", "\n  ", "\n\t", "[", "]", "{", "}", ",", "&a ", "*a", "!t ", "!!str ",
         "? ", "| ", ">", '"', "'", "#", " #", "%YAML 1.2\n", "---\n", "...\n", "<<: ", "\\", "\\U", "ą", "\u2028",
         "\ufeff", "@", "`", "~", "$", "${ENV:A}", "é"]
    ),
    max_size=40,
).map("".join)  # fmt: skip


@given(
    st.one_of(
        st.binary(max_size=200),
        st.text(max_size=100).map(lambda t: t.encode("utf-8", "replace")),
        _pieces.map(str.encode),
    )
)
@settings(deadline=None, max_examples=400)
def test_no_bytes_crash_the_reader(raw: bytes) -> None:
    parsed = parse(raw, "x.yaml")
    _scan(parsed.root)
    lines = raw.count(b"\n") + raw.count(b"\r") + 1
    for finding in parsed.findings:
        assert finding.message and 1 <= finding.position.line <= lines and finding.position.column >= 1
        assert "\n" not in str(finding)


@pytest.mark.parametrize(
    "text",
    [
        "[" * 500_000, "{" * 500_000, "- " * 250_000, "? " * 250_000, "&a " * 100_000, "a: " * 100_000, "!" * 300_000,
        "'" * 300_001, "[\n" * 200_000, "%" * 300_000, "a: |\n" + " x\n" * 100_000,
    ],
    ids=lambda text: text[:4],
)  # fmt: skip
def test_hostile_texts_are_refused_soon(text: str) -> None:
    start = process_time()
    parse(text.encode(), "x.yaml")
    assert process_time() - start < 5


def test_reading_is_quick() -> None:
    menu = '  m{0}: {{say: "Welcome to {0}.", keys: {{1: m0, 2: {{go: m1, as: {{intent: x}}}}}}, silence: {{go: m0}}}}'
    text = "menus:\n" + "\n".join(menu.format(number) for number in range(1_000))
    took = []
    for _ in range(3):
        start = process_time()
        parsed = parse(text.encode(), "x.yaml")
        took.append(process_time() - start)
        assert parsed.complete
    assert min(took) < 15e-6 * parsed.nodes, "15 µs a value, on a busy machine: it takes 3, and a Python parser 30"
