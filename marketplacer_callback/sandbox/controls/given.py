"""What a control is given: its body or its query string, read with errors for people."""

from __future__ import annotations

import logging
from collections.abc import Awaitable, Callable, Collection, Mapping
from json import JSONDecodeError
from typing import Any

from aiohttp import web

from marketplacer_callback.settings.problems import suggestion

__all__ = ["Action", "Json", "handler", "known_text", "no_control", "only", "required", "text", "whole"]

log = logging.getLogger("marketplacer_callback.sandbox")
Json = dict[str, Any]
Action = Callable[[Json], Awaitable[Json]]
"""From what was given to the answer. ``LookupError`` becomes a 404, ``ValueError`` and ``TypeError`` a 400."""


def handler(action: Action) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The action as a handler: a ``POST`` gives its body, the others their query string."""

    async def handle(request: web.Request) -> web.Response:
        try:
            given = await _body(request) if request.method == "POST" else dict(request.query)
            return web.json_response(await action(given))
        except LookupError as error:
            missing = error.args[0] if error.args else ""
            return web.json_response({"error": str(missing)}, status=404)
        except (ValueError, TypeError) as error:
            return web.json_response({"error": str(error)}, status=400)
        except Exception:
            log.exception("sandbox.control_failed", extra={"fields": {"path": request.path}})
            return web.json_response({"error": "the sandbox failed at this; its log says where"}, status=500)

    return handle


def no_control(methods: Mapping[str, Collection[str]]) -> Callable[[web.Request], Awaitable[web.Response]]:
    """The answer to a path or a method that no control has; ``methods`` are those that there are, by the name."""

    async def handle(request: web.Request) -> web.Response:
        name = request.match_info["name"]
        if name in methods:
            allowed = ", ".join(methods[name])
            error = {"error": f"{name!r} is not for {request.method}; use {allowed}"}
            return web.json_response(error, status=405, headers={"Allow": allowed})
        return web.json_response({"error": f"no such control: {name!r}; {suggestion(name, methods)}"}, status=404)

    return handle


def required(given: Mapping[str, Any], name: str) -> Any:
    """What was given by a name that cannot be left out."""
    if name not in given:
        raise ValueError(f"{name!r} is missing")
    return given[name]


def text(given: Mapping[str, Any], name: str) -> str:
    """A text that cannot be left out."""
    value = required(given, name)
    if not isinstance(value, str):
        raise ValueError(f"{name!r}: expected a text")
    return value


def known_text(given: Mapping[str, Any], name: str) -> str | None:
    """A text that can be left out, or be null."""
    return None if given.get(name) is None else text(given, name)


def only(given: Mapping[str, Any], *known: str) -> None:
    """``ValueError`` for what the control would not read."""
    for name in given:
        if name not in known:
            raise ValueError(f"{name!r} is not read here; {suggestion(name, known)}")


def whole(given: Mapping[str, Any], name: str, otherwise: int) -> int:
    """A whole number from 0 of a query string."""
    text = str(given.get(name, otherwise))
    if not text.isdecimal():
        raise ValueError(f"{name!r}: expected a whole number from 0")
    return int(text)


async def _body(request: web.Request) -> Json:
    try:
        body = await request.json() if await request.read() else {}
    except JSONDecodeError as error:
        raise ValueError(f"the body is not JSON: {error}") from error
    except UnicodeDecodeError:
        raise ValueError("the body is not JSON: it is not UTF-8") from None
    except RecursionError:
        raise ValueError("the body is nested too deeply") from None
    except web.HTTPRequestEntityTooLarge as error:
        raise ValueError(f"the body is too large: {error.text}") from None
    if not isinstance(body, dict):
        raise ValueError("the body must be a JSON object")
    return body
