"""Ways to spoil the body of a delivery, each a function of the dice and the body."""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable
from typing import Any, Final

__all__ = ["BODIES"]

Draw = random.Random
LETTERS: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789_"
ODD: Final = "\0\x01\t\n\r\x1b \"'\\/%;:,<>{}[]|é\x85\xa0ß\u200b\u2028\u202e\ufeff\ufffd💥\U0010ffff"
NUMBERS: Final = ("0", "-1", "1e400", "9" * 5000, "0.1e-999", "-0", "18446744073709551616", "1E+2", "NaN", "Infinity")


def _as_it_is(_: Draw, body: bytes) -> bytes:
    return body


def _empty(_draw: Draw, _body: bytes) -> bytes:
    return b""


def _cut(draw: Draw, body: bytes) -> bytes:
    return body[: draw.randrange(len(body) + 1)]


def _flipped(draw: Draw, body: bytes) -> bytes:
    changed = bytearray(body)
    for _ in range(draw.randint(1, 8) if changed else 0):
        changed[draw.randrange(len(changed))] ^= 1 << draw.randrange(8)
    return bytes(changed)


def _torn(draw: Draw, body: bytes) -> bytes:
    at = draw.randrange(len(body) + 1)
    return body[:at] + draw.randbytes(draw.randint(0, 40)) + body[at + draw.randint(0, 10) :]


def _doubled(_: Draw, body: bytes) -> bytes:
    return body + body


def _recoded(draw: Draw, body: bytes) -> bytes:
    encoding = draw.choice(("utf-16", "utf-16-be", "utf-32", "utf-7", "cp037", "utf-8-sig"))
    return body.decode("latin-1").encode(encoding, "replace")


def _nested(draw: Draw, body: bytes) -> bytes:
    depth = draw.choice((10, 100, 128, 1_000, 20_000))
    bomb = draw.choice(((b"[", b"]"), (b'{"a":', b"}"), (b"[", b"")))
    return _with(draw, body, bomb[0] * depth + b"1" + bomb[1] * depth)


def _twice_named(draw: Draw, body: bytes) -> bytes:
    value = draw.choice((b"1", b"null", b"[]", b'"destroy"', b"{}"))
    return body[:1] + b'"%s": %s, ' % (draw.choice(KEYS).encode(), value) + body[1:] + b" " * draw.randint(0, 3)


def _numbered(draw: Draw, body: bytes) -> bytes:
    return _with(draw, body, draw.choice(NUMBERS).encode())


def _with_odd_text(draw: Draw, body: bytes) -> bytes:
    text = "".join(draw.choices(ODD + LETTERS, k=draw.choice((0, 1, 3, 40, 256, 300, 5_000))))
    return _with(draw, body, json.dumps(text, ensure_ascii=draw.random() < 0.5).encode())


def _with_surrogates(draw: Draw, body: bytes) -> bytes:
    return _with(draw, body, draw.choice((rb'"\ud800"', rb'"\udfff\ud800"', b'"\xed\xa0\x80"', rb'"\u0000"', b'"\0"')))


def _with_other_value(draw: Draw, body: bytes) -> bytes:
    return _with(draw, body, draw.choice((b"null", b"true", b"[]", b"{}", b'""', b'"  "', b"[null]", b'{"id": 1}')))


def _with_a_name(draw: Draw, body: bytes) -> bytes:
    name = draw.choice(
        ("create", "UPDATE", "destroy", "Destroy", "re_fresh", "sweep", "replay", "a" * 32, "a" * 33, "e:x")
    )
    return _swapped(body, "event_name", json.dumps(name).encode())


def _marked(draw: Draw, body: bytes) -> bytes:
    return draw.choice((b"\xef\xbb\xbf", b"\0", b"\xff\xfe", b"\n\n", b"\x1f\x8b", b")]}',")) + body


def _packed(draw: Draw, body: bytes) -> bytes:
    return draw.choice((gzip.compress, zlib.compress, base64.b64encode))(body)


def _random(draw: Draw, _: bytes) -> bytes:
    return draw.randbytes(draw.choice((1, 2, 50, 4_000)))


KEYS: Final = ("id", "event_name", "payload", "data", "node", "__typename", "updatedAt", "errors")


def _with(draw: Draw, body: bytes, value: bytes) -> bytes:
    """``value`` in the place of what one of the keys has."""
    return _swapped(body, draw.choice(KEYS), value)


def _swapped(body: bytes, key: str, value: bytes) -> bytes:
    mark = b'"a value in its place"'
    try:
        whole = json.loads(body)
    except (ValueError, RecursionError):
        return body + value
    if not _put(whole, key, mark[1:-1].decode()) and isinstance(whole, dict):
        whole[key] = mark[1:-1].decode()
    try:
        return json.dumps(whole).encode().replace(mark, value, 1)
    except RecursionError:
        return body + value


def _put(value: Any, key: str, what: str) -> bool:
    if not isinstance(value, dict):
        return False
    if key in value:
        value[key] = what
        return True
    return any(_put(one, key, what) for one in list(value.values()))


BODIES: Final[tuple[Callable[[Draw, bytes], bytes], ...]] = (
    _as_it_is,
    _empty,
    _cut,
    _flipped,
    _torn,
    _doubled,
    _recoded,
    _nested,
    _twice_named,
    _numbered,
    _with_odd_text,
    _with_surrogates,
    _with_other_value,
    _with_a_name,
    _marked,
    _packed,
    _random,
)
