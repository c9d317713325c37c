"""The description of the API (OpenAPI 3.1), made from the routes themselves, so that it cannot leave one out."""

from __future__ import annotations

from collections.abc import Iterable

from pydantic import BaseModel
from pydantic.json_schema import models_json_schema

from server.scopes import MEANS, Scope
from server.web.api_model import ErrorAnswer
from server.web.route import Answer, Operation, Parameter, Route

_ERRORS = {
    400: {"error": "this is no day", "hint": "write it as 2026-11-20"},
    401: {"error": "log in first", "hint": "at /login, or send a bearer token"},
    403: {"error": "this is somebody else's agent", "hint": "ask a supervisor"},
    404: {"error": "there is no such call", "hint": "the calls of a day are at /api/v1/calls"},
    408: {"error": "the document did not come in time", "hint": "try again"},
    409: {"error": "alice is logged out and cannot pause", "hint": "look at the agent's state first"},
    413: {"error": "request entity too large", "hint": "send less"},
    415: {"error": "this is no form with a document", "hint": "send multipart/form-data"},
    429: {"error": "this token was used too often", "hint": "ask at most 20 times a second, and 100 times at once"},
    503: {"error": "the server cannot do this now", "hint": "try again in a moment"},
}
_SCOPES = "\n".join(f"- `{scope}`: {means}" for scope, means in MEANS.items())
#: What answers of the guard carry besides their body.
_HEADERS: dict[int, dict[str, object]] = {
    401: {"WWW-Authenticate": {"description": "what to send", "schema": {"type": "string"}, "example": "Bearer"}},
    429: {"Retry-After": {"description": "seconds to wait", "schema": {"type": "integer"}, "example": 1}},
}


def describe(routes: Iterable[Route], version: str) -> dict[str, object]:
    """Return the whole description."""
    paths: dict[str, dict[str, object]] = {}
    shapes: set[type[BaseModel]] = {ErrorAnswer}
    for route in routes:
        if route.operation is None:
            continue
        answers = _all_answers(route)
        shapes |= {answer.shape for answer in (*answers.values(), route.operation.body) if answer and answer.shape}
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route, route.operation, answers)
    _, schemas = models_json_schema(
        [(shape, "serialization") for shape in sorted(shapes, key=lambda shape: shape.__name__)],
        ref_template="#/components/schemas/{model}",
    )
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Switchroom",
            "version": version,
            "summary": "Calls, agents, messages, faxes and customers of a contact centre",
            "description": "Times are UTC. Fields are added, never taken away. Errors are JSON: what, and what to do.",
        },
        "servers": [{"url": "/"}],
        "paths": paths,
        "components": {
            "schemas": schemas["$defs"],
            "securitySchemes": {
                "login": {"type": "apiKey", "in": "cookie", "name": "switchroom_login"},
                "token": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "the command line's: the file `api-token` of the data folder, new with every start",
                },
                "program": {
                    "type": "http",
                    "scheme": "bearer",
                    "description": "A token that an admin made, at /tokens or with `token add`. Each operation names "
                    f"the scope that it needs:\n\n{_SCOPES}\n\nTo write does not include to read. "
                    "Answers tell how often it may still ask: RateLimit-Limit, RateLimit-Remaining, RateLimit-Reset.",
                },
            },
        },
    }


def _all_answers(route: Route) -> dict[int, Answer]:
    """Add what the guard and the database may answer in front of the handler."""
    assert route.operation is not None
    answers = dict(route.operation.answers)
    if route.role is not None:
        answers.setdefault(401, Answer("nobody is logged in, or the token is not valid", ErrorAnswer))
        answers.setdefault(429, Answer("this token was used too often, or too many were not valid", ErrorAnswer))
        answers.setdefault(503, Answer("the database does not answer", ErrorAnswer))
    if route.scope is not None:
        lacking = f"the token lacks the scope `{route.scope}`"
        own = answers.get(403)
        means = f"{own.means}, or {lacking}" if own else lacking
        answers[403] = Answer(means, ErrorAnswer, own.example if own else _lacking(route.scope))
    return {
        status: answer if answer.shape or status < 400 else Answer(answer.means, ErrorAnswer)
        for status, answer in sorted(answers.items())
    }


def _operation(route: Route, operation: Operation, answers: dict[int, Answer]) -> dict[str, object]:
    described: dict[str, object] = {
        "operationId": operation.name,
        "summary": operation.summary,
        "responses": {str(status): _answer(status, answer) for status, answer in answers.items()},
        "security": _security(route),
    }
    if route.scope is not None:
        described["description"] = f"A token needs the scope `{route.scope}`."
    if operation.parameters:
        described["parameters"] = [_parameter(parameter) for parameter in operation.parameters]
    if operation.body is not None:
        described["requestBody"] = {
            "description": operation.body.means,
            "required": False,
            "content": {operation.body.content_type: _content(operation.body, operation.body.example)},
        }
    return described


def _security(route: Route) -> list[dict[str, list[str]]]:
    if route.role is None:
        return []
    ways: list[dict[str, list[str]]] = [{"login": []}, {"token": []}]
    return ways if route.scope is None else [*ways, {"program": [route.scope.value]}]


def _lacking(scope: Scope) -> dict[str, str]:
    return {"error": f"this token lacks the scope {scope}", "hint": "ask an admin for a token that has it"}


def _parameter(parameter: Parameter) -> dict[str, object]:
    return {
        "name": parameter.name,
        "in": parameter.place,
        "required": parameter.place == "path",
        "description": parameter.means,
        "schema": dict(parameter.schema),
        "example": parameter.example,
    }


def _answer(status: int, answer: Answer) -> dict[str, object]:
    example = answer.example if answer.example is not None else _ERRORS.get(status)
    described: dict[str, object] = {
        "description": answer.means,
        "content": {kind: _content(answer, example) for kind in (answer.content_type, *answer.also)},
    }
    if status in _HEADERS:
        described["headers"] = _HEADERS[status]
    return described


def _content(answer: Answer, example: object) -> dict[str, object]:
    if answer.shape is None:
        kind = "object" if answer.content_type == "application/json" else "string"
        return {"schema": {"type": kind}, "example": example}
    return {"schema": {"$ref": f"#/components/schemas/{answer.shape.__name__}"}, "example": example}
