"""What people say about a file, between the fields of a form and values: encoding, delimiter, header, columns, rule."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from config.customers import CustomerSettings
from crm_bridge.exchange.dialect import DELIMITERS
from crm_bridge.exchange.encoding import CHOICES
from crm_bridge.exchange.heading_words import MEDIA
from crm_bridge.exchange.limits import MOST_COLUMNS
from crm_bridge.exchange.plan import Field, Plan, Wishes
from crm_bridge.importing_model import Rule
from ledger.web.visit import Refusal

#: What the choice is called that leaves it to us.
GUESS = ""
DELIMITER_WORDS = {",": "Comma", ";": "Semicolon", "\t": "Tab", "|": "Bar"}
_DELIMITER_NAMES = {"comma": ",", "semicolon": ";", "tab": "\t", "bar": "|"}
ENCODING_WORDS = {
    "utf-8-sig": "UTF-8",
    "utf-16": "UTF-16",
    "cp1257": "Windows-1257 (Baltic)",
    "cp1252": "Windows-1252 (Western Europe)",
    "cp1250": "Windows-1250 (Central Europe)",
    "cp1251": "Windows-1251 (Cyrillic)",
    "cp1253": "Windows-1253 (Greek)",
    "cp1254": "Windows-1254 (Turkish)",
}
RULE_WORDS = {
    Rule.SKIP: ("Leave it out", "Who is there already stays as he is."),
    Rule.JOIN: ("Add what is new", "Numbers, mail addresses and handles go to the one whom it certainly is."),
    Rule.ADD: ("Always add", "Every row is a new customer, also where one of the same name and number is there."),
}
_FIELD_WORDS = {
    Field.IGNORE: "– not taken –",
    Field.NAME: "Name",
    Field.FIRST_NAME: "First name",
    Field.LAST_NAME: "Last name",
    Field.ORGANISATION: "Organisation",
    Field.KIND: "Person or organisation",
    Field.MAIL: "Mail address",
    Field.STREET: "Street",
    Field.POSTAL_CODE: "Postal code",
    Field.CITY: "City",
    Field.REGION: "Region",
    Field.COUNTRY: "Country",
    Field.WEBSITE: "Website",
    Field.LANGUAGE: "Language",
    Field.STATUS: "Status",
    Field.OWNER: "Owner",
    Field.TAGS: "Tags",
    Field.NOTE: "Note",
}
_PHONES = ("", "mobile", "work", "home", "fax", "main")


def meanings(settings: CustomerSettings, plan: Plan) -> dict[str, str]:
    """Return what a column may mean: what people read by what the form says."""
    found = {said(field): words for field, words in _FIELD_WORDS.items()}
    found |= {said(Field.PHONE, label): f"Phone ({label})" if label else "Phone" for label in _PHONES}
    found |= {said(Field.HANDLE, medium): f"Handle ({medium})" for medium in MEDIA}
    found |= {said(Field.OWN, name): f"{field.label or name} (own field)" for name, field in settings.fields.items()}
    for column in plan.columns:  # what was guessed and is none of these
        found.setdefault(said(column.field, column.label), f"{column.field.value.capitalize()} ({column.label})")
    return found


def said(field: Field, label: str = "") -> str:
    """Return a meaning as the form says it."""
    return f"{field.value}|{label}" if label else field.value


def wishes_of(form: Mapping[str, str]) -> Wishes:
    """Read how a file is to be read. Columns hold only for the table that they were chosen for. Raises Refusal."""
    encoding = form.get("encoding") or None
    if encoding is not None and encoding not in CHOICES:
        raise Refusal(400, "`encoding` is none that is read", f"write one of {', '.join(CHOICES)}")
    delimiter = _delimiter(form.get("delimiter", ""))
    header = _header(form.get("header", ""))
    wishes = Wishes(encoding, delimiter, header)
    if "table" in form and form["table"] != table_of(wishes):
        return wishes
    return Wishes(encoding, delimiter, header, _meanings(form))


def table_of(wishes: Wishes) -> str:
    """Return what tells one division of a file into columns from another."""
    header = {None: "", True: "yes", False: "no"}[wishes.header]
    return f"{wishes.encoding or ''} {name_of(wishes.delimiter)} {header}"


def rule_of(form: Mapping[str, str], usual: Rule = Rule.SKIP) -> Rule:
    """Read the rule. Raises Refusal."""
    try:
        return Rule(form.get("rule") or usual)
    except ValueError:
        raise Refusal(400, "`rule` is none that there is", f"write one of {', '.join(Rule)}") from None


def mapped(texts: Sequence[str]) -> dict[str, str]:
    """Return the form's fields for what a program says of columns, such as `1=name` or `3=phone|mobile`.

    Columns count from 1. Raises Refusal.
    """
    found: dict[str, str] = {}
    for text in texts:
        number, equals, meaning = text.partition("=")
        if not equals or not number.strip().isdecimal() or not 1 <= int(number) <= MOST_COLUMNS:
            raise Refusal(400, f"`map` cannot be understood: {text[:40]!r}", "write COLUMN=FIELD, as in 2=phone|mobile")
        found[f"c{int(number) - 1}"] = meaning.strip()
    _meanings(found)
    return found


def _meanings(form: Mapping[str, str]) -> dict[int, tuple[Field, str]]:
    found: dict[int, tuple[Field, str]] = {}
    for name, value in form.items():
        if name[:1] != "c" or not name[1:].isdecimal() or len(name) > 4:
            continue
        field, _, label = value.partition("|")
        try:
            found[int(name[1:])] = (Field(field), label.replace("\0", " ")[:80])
        except ValueError:
            raise Refusal(400, f"no column can mean {field[:40]!r}", f"write one of {', '.join(Field)}") from None
    return found


def _delimiter(text: str) -> str | None:
    delimiter = _DELIMITER_NAMES.get(text, text)
    if delimiter and delimiter not in DELIMITERS:
        raise Refusal(400, "`delimiter` is none that is read", f"write one of {', '.join(_DELIMITER_NAMES)}")
    return delimiter or None


def name_of(delimiter: str | None) -> str:
    """Return what the form calls a delimiter, '' for none."""
    return next((name for name, sign in _DELIMITER_NAMES.items() if sign == delimiter), "")


def _header(text: str) -> bool | None:
    try:
        return {"": None, "yes": True, "no": False}[text]
    except KeyError:
        raise Refusal(400, "`header` is neither yes nor no", "write yes or no, or leave it out") from None
