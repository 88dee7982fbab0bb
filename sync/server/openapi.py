"""The OpenAPI document of the server, made from the table of its routes."""

import re
from collections.abc import Iterable
from http import HTTPStatus
from typing import Any

import msgspec

from sync.protocol.messages import PROTOCOL_VERSION, Problem
from sync.server.route import Raw, Route
from sync.server.routes import ROUTES

_PATTERNS = {"sha256": "^[0-9a-f]{64}$"}
"""Of what stands in a path, where it is no id."""
_REFERENCE = "#/components/schemas/{name}"
_ALWAYS = (
    HTTPStatus.BAD_REQUEST,
    HTTPStatus.UNPROCESSABLE_ENTITY,
    HTTPStatus.UPGRADE_REQUIRED,
    HTTPStatus.TOO_MANY_REQUESTS,
    HTTPStatus.SERVICE_UNAVAILABLE,
)
_SIGNED_IN = (HTTPStatus.UNAUTHORIZED, HTTPStatus.FORBIDDEN)
_WITH_BODY = (
    HTTPStatus.REQUEST_TIMEOUT,
    HTTPStatus.REQUEST_ENTITY_TOO_LARGE,
    HTTPStatus.UNSUPPORTED_MEDIA_TYPE,
)
_WITHOUT_CONTENT = (HTTPStatus.NO_CONTENT, HTTPStatus.NOT_MODIFIED, HTTPStatus.SEE_OTHER)


def document(routes: Iterable[Route] = ROUTES) -> dict[str, Any]:
    """The whole document, ready to be written as JSON."""
    routes = tuple(routes)
    kinds = {kind for route in routes for kind in (route.body, route.answer) if isinstance(kind, type)}
    ordered = [Problem, *sorted(kinds - {Problem}, key=lambda kind: kind.__name__)]
    _, schemas = msgspec.json.schema_components(ordered, ref_template=_REFERENCE)
    paths: dict[str, dict[str, Any]] = {}
    for route in routes:
        paths.setdefault(route.path, {})[route.method.lower()] = _operation(route)
    return {
        "openapi": "3.1.0",
        "info": {
            "title": "Agent Desktop",
            "version": str(PROTOCOL_VERSION),
            "description": "What a client and a server of Agent Desktop say to each other.",
        },
        "paths": paths,
        "components": {
            "schemas": _plain(schemas),
            "securitySchemes": {"token": {"type": "http", "scheme": "bearer"}},
        },
    }


def _plain(schema: Any) -> Any:
    """Tuples of one kind as lists of a fixed length, which every tool understands."""
    if isinstance(schema, list):
        return [_plain(item) for item in schema]
    if not isinstance(schema, dict):
        return schema
    kinds = schema.get("prefixItems")
    if kinds and all(kind == kinds[0] for kind in kinds):
        schema = {**schema, "items": kinds[0]}
        del schema["prefixItems"]
    return {name: _plain(value) for name, value in schema.items()}


def _operation(route: Route) -> dict[str, Any]:
    operation: dict[str, Any] = {
        "operationId": _name(route),
        "summary": route.summary,
        "parameters": [*_path_parameters(route), *_query_parameters(route), *_headers(route)],
        "responses": _responses(route),
        "security": [] if route.public else [{"token": []}],
    }
    if route.body is not Raw.NOTHING:
        operation["requestBody"] = {"required": True, "content": _content(route.body)}
    return operation


def _name(route: Route) -> str:
    words = [word for word in re.split(r"[^a-z0-9]+", route.path) if word not in ("", "v1", "sha256", "id")]
    return "_".join([route.method.lower(), *words])


def _path_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for name in re.findall(r"{(\w+)}", route.path):
        schema = {"type": "string", "pattern": _PATTERNS.get(name, "^[0-9a-f]{32}$")}
        yield {"name": name, "in": "path", "required": True, "schema": schema}


def _query_parameters(route: Route) -> Iterable[dict[str, Any]]:
    for field in msgspec.structs.fields(route.query):
        # A parameter that is left out is the only way to say None in a query.
        schema = msgspec.json.schema(field.type)
        if "anyOf" in schema:
            schema = next(option for option in schema["anyOf"] if option.get("type") != "null")
        yield {"name": field.encode_name, "in": "query", "required": field.required, "schema": schema}


def _headers(route: Route) -> Iterable[dict[str, Any]]:
    for name, words in route.headers.items():
        offset = route.body is Raw.BYTES
        schema = {"type": "integer", "minimum": 0, "maximum": 2**53} if offset else {"type": "string"}
        yield {"name": name, "in": "header", "required": offset, "description": words, "schema": schema}


def _responses(route: Route) -> dict[str, Any]:
    statuses = {*_ALWAYS, *route.others}
    if not route.public:
        statuses.update(_SIGNED_IN)
    if route.body is not Raw.NOTHING:
        statuses.update(_WITH_BODY)
    responses: dict[str, Any] = {}
    for status in sorted(statuses):
        responses[str(status.value)] = _problem(status, route)
    for status in (route.status, *(other for other in route.others if other is HTTPStatus.PARTIAL_CONTENT)):
        responses[str(status.value)] = {"description": status.phrase, **_answer(route)}
    return responses


def _problem(status: HTTPStatus, route: Route) -> dict[str, Any]:
    if status in _WITHOUT_CONTENT:
        return {"description": status.phrase}
    # What goes wrong on a page is said on a page, unless it is wrong with every route.
    pages = _content(Raw.HTML) if route.answer is Raw.HTML else {}
    return {"description": status.phrase, "content": {**_content(Problem), **pages}}


def _answer(route: Route) -> dict[str, Any]:
    return {} if route.answer is Raw.NOTHING else {"content": _content(route.answer)}


def _content(kind: type[msgspec.Struct] | Raw) -> dict[str, Any]:
    if isinstance(kind, type):
        return {Raw.JSON.value: {"schema": {"$ref": _REFERENCE.format(name=kind.__name__)}}}
    schema = {} if kind is Raw.JSON else {"type": "string"}
    return {kind.value: {"schema": schema}}
