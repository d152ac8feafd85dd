"""Reading a handler function: its name, its place in the source, its one parameter, the model of its annotation."""

from __future__ import annotations

import inspect
import re
import typing
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from types import FrameType
from typing import Any

from pydantic.errors import PydanticUserError

from marketplacer_callback.change import Change
from marketplacer_callback.errors import RegistrationError
from marketplacer_callback.models import adapter_of

__all__ = ["HandlerFunction", "Signature", "default_name", "model_problems", "read_signature", "where"]

HandlerFunction = Callable[[Change[Any]], Any]

_NAME = re.compile(r"[A-Za-z0-9_.-]{1,128}\Z")


@dataclass(frozen=True, slots=True)
class Signature:
    """What was learned from a handler function. ``model`` is ``None`` for plain dicts."""

    name: str
    where: str
    is_async: bool
    model: type[Any] | None


def where(function: HandlerFunction) -> str:
    """``file:line`` of a handler, for messages; its repr if it has no source."""
    code = getattr(inspect.unwrap(function), "__code__", None)
    if code is None:
        return repr(function)
    return f"{_shown(Path(code.co_filename))}:{code.co_firstlineno}"


def default_name(function: HandlerFunction) -> str:
    """``__qualname__``, of a nested function what follows the last ``<locals>.``."""
    qualname = getattr(function, "__qualname__", type(function).__qualname__)
    return str(qualname).rpartition("<locals>.")[2]


def read_signature(
    function: HandlerFunction, *, name: str | None, model: type[Any] | None, frame: FrameType | None
) -> Signature:
    """Everything that registration needs to know of ``function``.

    ``frame`` is that of the ``@integration.on(…)`` line: a model defined beside a nested handler is found in its
    locals. Raises ``RegistrationError``, with file and line, for a handler that could never be called.
    """
    place = where(function)
    chosen = name if name is not None else default_name(function)
    if not _NAME.match(chosen):
        raise RegistrationError(
            f"{place}: {chosen!r} cannot name a handler; give name=… of letters, digits, '_', '.' and '-', at most 128"
        )
    parameter = _only_parameter(function, chosen, place)
    annotated = _annotated_model(function, parameter, chosen, place, frame, required=model is None)
    if model is not None and annotated not in (None, dict, model):
        raise RegistrationError(
            f"{place}: handler {chosen!r} takes Change[{_type_name(annotated)}] but is registered with "
            f"model={_type_name(model)}; drop model=, or make the two the same"
        )
    found = model if model is not None else annotated
    return Signature(chosen, place, _is_async(function), None if found is dict else found)


def model_problems(signature: Signature) -> list[str]:
    """Why pydantic cannot validate objects as the handler's model; empty if it can. Asked at first use, when classes
    that the model refers to are defined.
    """
    if signature.model is None:
        return []
    try:
        adapter_of(signature.model)
    except PydanticUserError as error:
        reason = str(error).splitlines()[0]
        handler = f"{signature.where}: handler {signature.name!r}"
        model = signature.model.__qualname__
        return [f"{handler}: pydantic cannot validate as {model}: {reason}; give a BaseModel, dataclass or TypedDict"]
    return []


def _only_parameter(function: HandlerFunction, name: str, place: str) -> inspect.Parameter:
    parameters = [
        parameter
        for parameter in inspect.signature(function).parameters.values()
        if parameter.default is inspect.Parameter.empty
        and parameter.kind not in (inspect.Parameter.VAR_KEYWORD, inspect.Parameter.KEYWORD_ONLY)
    ]
    if len(parameters) != 1 or parameters[0].kind is inspect.Parameter.VAR_POSITIONAL:
        names = ", ".join(parameter.name for parameter in parameters) or "none"
        raise RegistrationError(
            f"{place}: handler {name!r} must take exactly one parameter, the change; it takes {names}"
        )
    return parameters[0]


def _annotated_model(
    function: HandlerFunction,
    parameter: inspect.Parameter,
    name: str,
    place: str,
    frame: FrameType | None,
    *,
    required: bool,
) -> type[Any] | None:
    """The ``X`` of ``Change[X]``, ``dict`` for a bare ``Change``, ``None`` if it may stay unknown."""
    if parameter.annotation is inspect.Parameter.empty:
        if not required:
            return None
        raise RegistrationError(
            f"{place}: handler {name!r}: annotate its parameter: `{parameter.name}: Change` or "
            f"`{parameter.name}: Change[YourModel]`"
        )
    try:
        annotation = _resolve(parameter.annotation, function, frame)
    except NameError as error:
        if not required:
            return None
        raise RegistrationError(
            f"{place}: handler {name!r}: its annotation `{parameter.annotation}` cannot be resolved at run time "
            f"({error}); import the model outside `if TYPE_CHECKING:`, above the handler, or give model=…"
        ) from error
    if annotation is Change:
        return dict
    if typing.get_origin(annotation) is Change:
        (argument,) = typing.get_args(annotation)
        return _model_of(argument, name, place)
    raise RegistrationError(
        f"{place}: handler {name!r}: its parameter is annotated {annotation!r}; it receives a Change: write "
        f"`{parameter.name}: Change` or `{parameter.name}: Change[YourModel]`"
    )


def _model_of(argument: Any, name: str, place: str) -> type[Any]:
    if argument is Any or argument is dict or typing.get_origin(argument) is dict:
        return dict
    if isinstance(argument, type):
        return argument
    raise RegistrationError(
        f"{place}: handler {name!r}: Change[{argument!r}]: give a pydantic model, or dict[str, Any] for the "
        "plain object"
    )


def _resolve(annotation: Any, function: HandlerFunction, frame: FrameType | None) -> Any:
    if not isinstance(annotation, str):
        return annotation
    raw = inspect.unwrap(function)
    if not hasattr(raw, "__globals__"):
        raw = type(raw).__call__
    scope: Mapping[str, Any] = frame.f_locals if frame is not None else {}
    # The annotation is the integrator's own source text, evaluated as typing.get_type_hints would.
    return eval(annotation, dict(getattr(raw, "__globals__", {})), dict(scope))  # noqa: S307


def _is_async(function: HandlerFunction) -> bool:
    """Of the function itself, not of what it wraps: a decorator may turn one kind into the other."""
    called = function if inspect.isroutine(function) else getattr(function, "__call__", function)  # noqa: B004
    return inspect.iscoroutinefunction(called)


def _type_name(model: type[Any] | None) -> str:
    return getattr(model, "__qualname__", repr(model))


def _shown(path: Path) -> str:
    try:
        return str(path.relative_to(Path.cwd()))
    except ValueError:
        return str(path)
