"""The JSON Schema (2020-12) of a site, for editors: completion and hints while somebody writes the YAML.

Owns what an admin may write short, said in JSON Schema; names, types and limits are those of `config.schema`.
What looks at more than one value stays with `config.check`. A site is spread over files, so no section is required.
"""

from __future__ import annotations

import inspect
import re
from collections.abc import Iterator
from functools import cache
from typing import Any

from pydantic import BaseModel
from pydantic.json_schema import GenerateJsonSchema, JsonSchemaValue
from pydantic_core import core_schema

from config.schema import Site
from config.values import WORDS

#: What a field refers to: the section in which the names stand, or `languages` of the company. Read by our own editor.
REFERS = {
    ("Number", "menu"): "menus",
    ("Number", "fax"): "faxboxes",
    ("Number", "language"): "languages",
    ("Choice", "language"): "languages",
    ("Person", "language"): "languages",
    ("Person", "departments"): "departments",
    ("Closed", "hours"): "hours",
    ("ClosedGreeting", "hours"): "hours",
    ("Department", "hours"): "hours",
    ("Department", "emergency_phones"): "people",
    ("Emergency", "phones"): "people",
    ("Mailbox", "departments"): "departments",
    ("Mailbox", "people"): "people",
    ("FaxBox", "departments"): "departments",
    ("FaxBox", "people"): "people",
    ("Schedule", "department"): "departments",
}
_REFERENCE = {"$ref": "#/$defs/Environment"}
_NAME = r"^[a-z][a-z0-9_-]{0,31}$"
_TEXT: JsonSchemaValue = {"type": "string"}
_KINDS = ("menu", "department", "person", "voicemail", "fax")

#: What validators let in that run before pydantic looks, by their names.
_LET_IN: dict[str, JsonSchemaValue] = {
    "_seconds": {
        "anyOf": [
            {"type": "number", "minimum": 0, "maximum": 86400},
            {"type": "string", "pattern": r"^\s*\d+(\.\d+)?\s*(ms|s|m|min|h)?\s*$"},
        ],
        "x-kind": "duration",
    },
    "_days": {
        "anyOf": [
            {"type": "integer", "minimum": 1, "maximum": 3650},
            {"type": "string", "pattern": r"^\s*\d{1,5}\s*d?\s*$"},
        ],
        "x-kind": "days",
    },
    "_keys": {"anyOf": [{"type": "string", "pattern": "^([0-9]{1,8}|[*#])$"}, {"type": "integer", "minimum": 0}]},
    "_extension": {
        "anyOf": [
            {"type": "string", "pattern": "^[1-9][0-9]{1,5}$"},
            {"type": "integer", "minimum": 10, "maximum": 999999},
        ]
    },
    "_presses": {
        "anyOf": [{"type": "string"}, {"type": "integer"}, {"type": "array", "items": {"type": ["string", "integer"]}}]
    },
    "_moment": {"type": "string"},
    "_pin": {"anyOf": [{"type": "string", "pattern": "^[0-9]{4,12}$"}, {"type": "integer", "minimum": 1000}]},
}
#: What validators ask for that run afterwards, by their names.
_ASKED: dict[str, JsonSchemaValue] = {
    "_name": {"pattern": _NAME},
    "_phone_name": {"pattern": "^[a-z][a-z0-9-]{0,31}$"},
    "_language": {"pattern": "^[a-z]{2,3}(-[A-Z]{2})?$"},
    "_absolute": {"pattern": "^/"},
}
#: Validators that take a single value for a list of one.
_ONE_IS_A_LIST = frozenset({"_one_or_more", "_one_is_a_list"})


def _short(model: str, long: JsonSchemaValue) -> JsonSchemaValue:
    """Return what an admin may write for a model, which may be shorter than the model says."""
    about = {"description": long["description"]} if "description" in long else {}
    match model:
        case "Prompt":
            return about | {
                "anyOf": [{"type": "string", "minLength": 1, "maxLength": 2000}, long["properties"]["texts"]],
                "x-kind": "prompt",
            }
        case "Destination":
            pair = {
                "type": "object",
                "properties": {kind: {"type": "string", "pattern": _NAME, "x-names": kind} for kind in _KINDS},
                "additionalProperties": False,
                "minProperties": 1,
                "maxProperties": 1,
            }
            bare = {"anyOf": [{"enum": sorted(WORDS)}, {"type": "string", "pattern": _NAME}]}
            return about | {"anyOf": [bare, pair], "x-kind": "destination"}
        case "Choice":
            return about | {"anyOf": [{"$ref": "#/$defs/Destination"}, long]}
        case "Receiver" | "Stage":
            return about | {"anyOf": [_TEXT, long]}
        case "OwnField":
            return about | {"anyOf": [{"type": "array", "items": _TEXT, "minItems": 1}, long]}
    return long


class _Generator(GenerateJsonSchema):
    """Pydantic's own, with what our validators let in and ask for."""

    def function_before_schema(self, schema: core_schema.BeforeValidatorFunctionSchema) -> JsonSchemaValue:
        name = _called(schema["function"])
        if name in _LET_IN:
            limits = {key: value for key, value in self.generate_inner(schema["schema"]).items() if key != "type"}
            return _LET_IN[name] | ({"x-limits": limits} if limits and name == "_seconds" else {})
        inner = super().function_before_schema(schema)
        if name in _ONE_IS_A_LIST:
            return {"anyOf": [inner["items"], inner]}
        return inner

    def function_after_schema(self, schema: core_schema.AfterValidatorFunctionSchema) -> JsonSchemaValue:
        return super().function_after_schema(schema) | _ASKED.get(_called(schema["function"]), {})

    def model_schema(self, schema: core_schema.ModelSchema) -> JsonSchemaValue:
        model: type[BaseModel] = schema["cls"]
        long = super().model_schema(schema)
        comments = comments_of(model)
        for name, field in model.model_fields.items():
            shown = long["properties"].get(field.alias or name)
            if shown is None:
                continue
            if name in comments:
                shown["description"] = comments[name]
            if (model.__name__, name) in REFERS:
                shown["x-refers"] = REFERS[model.__name__, name]
        return long

    def dict_schema(self, schema: core_schema.DictSchema) -> JsonSchemaValue:
        """Say what values are, whatever the key is, and what keys may be: editors complete by the first."""
        found: JsonSchemaValue = {"type": "object"}
        if "values_schema" in schema:
            found["additionalProperties"] = self.generate_inner(schema["values_schema"])
        keys = self.generate_inner(schema["keys_schema"]) if "keys_schema" in schema else {}
        keys = next((option for option in keys.get("anyOf", ()) if option["type"] == "string"), keys)
        if limits := {name: limit for name, limit in keys.items() if name in ("pattern", "maxLength")}:
            found["propertyNames"] = limits
        self.update_with_validations(found, schema, self.ValidationsMapping.object)
        return found


def _called(function: Any) -> str:  # Any: pydantic's core describes functions as dicts of several shapes
    return str(getattr(function.get("function"), "__name__", ""))


@cache
def comments_of(model: type[BaseModel]) -> dict[str, str]:
    """Return what stands in `#:` comments above the fields of a model, by their names."""
    found: dict[str, str] = {}
    for above in reversed([base for base in model.__mro__ if issubclass(base, BaseModel) and base is not BaseModel]):
        said: list[str] = []
        for line in inspect.getsource(above).splitlines():
            if comment := re.fullmatch(r"    #: ?(.*)", line):
                said.append(comment[1])
            elif field := re.match(r"    ([a-z_]+): ", line):
                if said:
                    found[field[1]] = " ".join(said)
                said = []
    return found


@cache
def json_schema() -> dict[str, Any]:
    """Return the schema; the same one each time, so do not change it."""
    made = Site.model_json_schema(by_alias=True, schema_generator=_Generator)
    definitions = {name: _tidy(_short(name, part)) for name, part in made.pop("$defs").items()}
    definitions["Environment"] = {
        "type": "string",
        "pattern": r"\$\{(ENV|env):[A-Za-z_][A-Za-z0-9_]{0,127}\}",
        "description": "Taken from the environment of the server.",
    }
    made["properties"].pop("version")
    made.pop("required", None)
    site = _tidy(made) | {"title": "A site of Switchroom"}
    return {"$schema": "https://json-schema.org/draft/2020-12/schema", **site, "$defs": definitions}


def _tidy(part: Any) -> Any:  # Any: JSON
    """Take pydantic's titles and nulls away, let in what comes from the environment, write patterns for everybody."""
    if isinstance(part, list):
        return [_tidy(inner) for inner in part]
    if not isinstance(part, dict):
        return part
    if "anyOf" in part and {"type": "null"} in part["anyOf"]:
        rest = [option for option in part["anyOf"] if option != {"type": "null"}]
        around = {key: value for key, value in part.items() if key not in ("anyOf", "default")}
        return _tidy(rest[0] | around if len(rest) == 1 else around | {"anyOf": rest})
    if "anyOf" in part and all(_is_narrow(option) for option in part["anyOf"]):
        options = [*(dict(_tidied(option)) for option in part["anyOf"]), _REFERENCE]
        return dict(_tidied({key: value for key, value in part.items() if key != "anyOf"})) | {"anyOf": options}
    tidy = dict(_tidied(part))
    if _is_narrow(part):
        about = {key: tidy.pop(key) for key in ("description", "default", "x-refers", "x-names") if key in tidy}
        return about | {"anyOf": [tidy, _REFERENCE]}
    return tidy


def _tidied(part: dict[str, Any]) -> Iterator[tuple[str, Any]]:
    for key, value in part.items():
        if key == "pattern":
            yield key, value.replace(r"\A", "^").replace(r"\Z", "$")
        elif key in ("enum", "required", "propertyNames"):
            yield key, _tidied_names(value) if key == "propertyNames" else value
        elif key == "properties":
            yield key, {name: _tidy(inner) for name, inner in value.items()}
        elif key == "default":
            if isinstance(value, str | int | float):
                yield key, value
        elif key != "title":
            yield key, _tidy(value)


def _tidied_names(names: dict[str, Any]) -> dict[str, Any]:
    return {
        key: value.replace(r"\A", "^").replace(r"\Z", "$") if key == "pattern" else value
        for key, value in names.items()
    }


def _is_narrow(part: dict[str, Any]) -> bool:
    """Tell whether this is a single value that a reference to the environment would not fit."""
    if part.get("type") in ("integer", "number", "boolean"):
        return True
    return part.get("type") == "string" and not {"pattern", "enum", "maxLength", "const"}.isdisjoint(part)
