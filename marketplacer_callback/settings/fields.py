"""The kinds of value that a setting may have. No message repeats the value: it might be a secret in the wrong place."""

from __future__ import annotations

import re
from datetime import timedelta
from typing import Annotated, Final
from urllib.parse import urlsplit

from pydantic import AfterValidator, BeforeValidator, PlainValidator, SecretStr

from marketplacer_callback.settings.units import Address, address, duration, size
from marketplacer_callback.typenames import FOLLOWED_THROUGH, is_typename

__all__ = [
    "AppPath",
    "Duration",
    "HeaderName",
    "InstanceName",
    "LaneName",
    "Listen",
    "MatchValue",
    "MountPath",
    "Name",
    "Pointer",
    "PositiveDuration",
    "Secret",
    "Size",
    "TypeName",
    "Url",
    "UserPassword",
    "WebhookType",
]

_INSTANCE: Final = re.compile(r"[a-z0-9](?:[a-z0-9-]|_(?!_)){0,62}")
_NAME: Final = re.compile(r"[A-Za-z0-9][A-Za-z0-9._-]{0,99}")
_TOKEN: Final = re.compile(r"[A-Za-z0-9!#$%&'*+.^_`|~-]+")
_POINTER: Final = re.compile(r"(?:/(?:[^~/]|~[01])*)+")
_APP: Final = re.compile(r"[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*:[A-Za-z_]\w*(?:\.[A-Za-z_]\w*)*", re.ASCII)
_MOUNT: Final = re.compile(r"(?:/[A-Za-z0-9._~-]+)+/?")
_OWN_PATHS: Final = ("/live", "/ready", "/metrics")


def _instance_name(text: str) -> str:
    if not _INSTANCE.fullmatch(text):
        raise ValueError(
            "an instance is named by the Marketplacer-Vertical in lower case: letters, digits, '-' and single '_'"
        )
    return text


def _lane_name(text: str) -> str:
    if text not in ("fast", "slow"):
        raise ValueError("there are two lanes: fast and slow")
    return text


def _name(text: str) -> str:
    if not _NAME.fullmatch(text):
        raise ValueError("expected a name of letters, digits, '.', '_' and '-', at most 100")
    return text


def _typename(text: str) -> str:
    if not is_typename(text):
        raise ValueError('expected the name of a GraphQL type, such as "Advert"')
    return text


def _webhook_type(text: str) -> str:
    followed = FOLLOWED_THROUGH.get(_typename(text))
    if followed is not None:
        raise ValueError(f"{text} has no webhook of its own; its changes come with {followed}: name that type")
    return text


def _pointer(text: str) -> str:
    if not _POINTER.fullmatch(text):
        raise ValueError(
            "expected a JSON pointer (RFC 6901), such as \"/statusFlags\"; in a key, ~0 is '~' and ~1 is '/'"
        )
    return text


def _match_value(value: object) -> str | int | float | bool | tuple[str | int | float | bool, ...]:
    if isinstance(value, str | int | float):
        return value
    if isinstance(value, list | tuple) and value and all(isinstance(one, str | int | float) for one in value):
        return tuple(value)
    raise ValueError("expected a text, a number, true or false, or a list of these (one of them)")


def _app_path(text: str) -> str:
    if not _APP.fullmatch(text):
        raise ValueError('expected module:name of an Integration, such as "shop.integration:integration"')
    return text


def _mount_path(text: str) -> str:
    path = text.rstrip("/")
    if not _MOUNT.fullmatch(text) or any(path == own or path.startswith(own + "/") for own in _OWN_PATHS):
        raise ValueError('expected a path such as "/marketplacer"; /live, /ready and /metrics are taken')
    return path


def _url(text: str) -> str:
    try:
        parts = urlsplit(text)
        usable = parts.scheme in ("http", "https") and bool(parts.hostname) and parts.port != 0
    except ValueError:
        usable = False
    if not usable or any(character.isspace() for character in text):
        raise ValueError("expected the GraphQL endpoint, such as https://shop.example/graphql")
    if "@" in parts.netloc:
        raise ValueError("no user and password in the URL; basic_auth is for them")
    return text


def _header_name(text: str) -> str:
    if not _TOKEN.fullmatch(text):
        raise ValueError('expected the name of an HTTP header, such as "auth-key"')
    return text


def _secret(secret: SecretStr) -> SecretStr:
    text = secret.get_secret_value()
    if not text:
        raise ValueError("is empty")
    if text.startswith(("env:", "file:")):
        raise ValueError("is a reference, and those are resolved once, by Settings.load: give the secret itself")
    if text != text.strip() or not text.isprintable():
        raise ValueError("has spaces, line ends or control characters at a place where none belong")
    return secret


def _user_password(secret: SecretStr) -> SecretStr:
    if ":" not in _secret(secret).get_secret_value():
        raise ValueError("expected user:password")
    return secret


def _positive(length: timedelta) -> timedelta:
    if not length:
        raise ValueError("expected a duration longer than nothing")
    return length


Duration = Annotated[timedelta, BeforeValidator(duration)]
PositiveDuration = Annotated[Duration, AfterValidator(_positive)]
Size = Annotated[int, BeforeValidator(size)]
Listen = Annotated[Address, BeforeValidator(address)]
InstanceName = Annotated[str, AfterValidator(_instance_name)]
LaneName = Annotated[str, AfterValidator(_lane_name)]
Name = Annotated[str, AfterValidator(_name)]
TypeName = Annotated[str, AfterValidator(_typename)]
WebhookType = Annotated[str, AfterValidator(_webhook_type)]
Pointer = Annotated[str, AfterValidator(_pointer)]
MatchValue = Annotated[
    str | int | float | bool | tuple[str | int | float | bool, ...],
    PlainValidator(_match_value),
]
AppPath = Annotated[str, AfterValidator(_app_path)]
MountPath = Annotated[str, AfterValidator(_mount_path)]
Url = Annotated[str, AfterValidator(_url)]
HeaderName = Annotated[str, AfterValidator(_header_name)]
Secret = Annotated[SecretStr, AfterValidator(_secret)]
UserPassword = Annotated[SecretStr, AfterValidator(_user_password)]
