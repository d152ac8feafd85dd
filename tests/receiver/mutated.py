"""Deliveries as nobody should send them: bodies and headers that were mutated from real ones. Pure, and by a seed."""

from __future__ import annotations

import base64
import gzip
import json
import random
import zlib
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from marketplacer_callback.delivery import SIGNATURE_HEADER, sign

__all__ = ["Case", "cases", "originals"]

Draw = random.Random
TOKEN: Final = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789!#$%&'*+-.^_`|~"
VISIBLE: Final = "".join(map(chr, [*range(0x21, 0x7F), *range(0xA0, 0x100)]))
ODD: Final = "\0\x01\t\n\r\x1b \"'\\/%;:,<>{}[]|é\x85\xa0ß\u200b\u2028\u202e\ufeff\ufffd💥\U0010ffff"
NUMBERS: Final = ("0", "-1", "1e400", "9" * 5000, "0.1e-999", "-0", "18446744073709551616", "1E+2", "NaN", "Infinity")
LEGACY: Final = b'{"event_name": "create", "payload": {"__typename": "Invoice", "id": "SW52b2ljZS0x", "amount": 1.5}}'
MODERN: Final = (
    b'{"id": "V2ViaG9va0V2ZW50LTE=", "event_name": "update", "payload": {"data": {"node": '
    b'{"__typename": "Advert", "id": "QWR2ZXJ0LTE=", "updatedAt": "2026-01-01T00:00:00Z"}}}}'
)


@dataclass(frozen=True, slots=True)
class Case:
    """One delivery. ``is_signed``: by the secret, over the body as it is sent. ``headers`` may hold a name twice."""

    body: bytes
    headers: tuple[tuple[str, str], ...]
    path: str
    is_signed: bool
    made_by: str


def originals(folder: Path | None = None) -> list[bytes]:
    """The bodies to begin with: one of each envelope, and those in ``folder``."""
    recorded = [] if folder is None or not folder.is_dir() else sorted(folder.glob("*.json"))
    return [MODERN, LEGACY, *(path.read_bytes() for path in recorded if path.name != "index.json")]


def cases(count: int, *, seed: int, secret: str, bodies: Sequence[bytes]) -> Iterator[Case]:
    """``count`` cases, the same for the same seed."""
    draw = random.Random(seed)  # noqa: S311
    for number in range(count):
        body = bodies[number % len(bodies)]
        names = []
        for _ in range(draw.choice((1, 1, 1, 2, 3))):
            mutate = draw.choice(BODIES)
            names.append(mutate.__name__.strip("_"))
            body = mutate(draw, body)
        signature, is_signed = draw.choice(SIGNATURES)(draw, sign(body, secret))
        headers = [(SIGNATURE_HEADER, signature)] if signature is not None else []
        for _ in range(draw.choice((0, 1, 1, 2, 4))):
            headers += draw.choice(HEADERS)(draw)
        headers = [one for at, one in enumerate(headers) if one[0] not in ONCE or one[0] not in dict(headers[:at])]
        yield Case(body, tuple(headers), draw.choice(PATHS), is_signed, "+".join(names))


# Bodies


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
    text = "".join(draw.choices(ODD + TOKEN, k=draw.choice((0, 1, 3, 40, 256, 300, 5_000))))
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

# Headers: well-formed, each line below 8 KiB; what HTTP allows once stands once, or the server's parser refuses it.
ONCE: Final = frozenset(
    ("Content-Type", "Content-Encoding", "User-Agent", "Expect", "Date", "Referer", "Authorization")
)

SIGNATURES: Final[tuple[Callable[[Draw, str], tuple[str | None, bool]], ...]] = (
    lambda _, right: (right, True),
    lambda _, right: (right, True),
    lambda _, right: (right, True),
    lambda _, right: (f" \t{right}  ", True),
    lambda _, right: (None, False),
    lambda _, right: ("", False),
    lambda _, right: (right[:-2], False),
    lambda _, right: (right.swapcase(), False),
    lambda _, right: (right[:20] + " " + right[20:], False),
    lambda draw, right: ("".join(draw.choices(VISIBLE, k=draw.choice((1, 44, 8_000)))), False),
)


def _some_text(draw: Draw) -> str:
    return "".join(draw.choices(VISIBLE + "\t ", k=draw.choice((0, 1, 20, 300, 8_000))))


def _any_header(draw: Draw) -> list[tuple[str, str]]:
    return [("x-" + "".join(draw.choices(TOKEN, k=draw.choice((1, 5, 200)))), _some_text(draw))]


def _many(draw: Draw) -> list[tuple[str, str]]:
    return [(f"X-{number}", "1") for number in range(draw.choice((5, 60, 110)))]


def _sequence(draw: Draw) -> list[tuple[str, str]]:
    odd = (
        "",
        "0",
        "-1",
        "1.5",
        "1e3",
        "0x10",
        " 7 ",
        "7 7",
        "9" * 18,
        "9" * 19,
        "9" * 8_000,
        "²",
        "½",
        _some_text(draw),
    )
    return [("Marketplacer-Sequence", draw.choice((*odd, _some_text(draw)))) for _ in range(draw.choice((1, 1, 2)))]


def _known(draw: Draw) -> list[tuple[str, str]]:
    name = draw.choice(
        (
            "Marketplacer-Vertical",
            "Idempotency-Key",
            "User-Agent",
            "traceparent",
            "tracestate",
            "auth-key",
            "Cookie",
            "Accept-Encoding",
            "Range",
            "If-None-Match",
            "Authorization",
            "Origin",
            "Forwarded",
            "Date",
            "Referer",
        )
    )
    return [(name, _some_text(draw)) for _ in range(draw.choice((1, 1, 2)))]


def _type(draw: Draw) -> list[tuple[str, str]]:
    kinds = (
        "application/json",
        "application/json; charset=utf-16",
        "text/plain; charset=nonsense",
        "",
        ";;;",
        "a/b; c",
        "multipart/form-data",
        "application/x-www-form-urlencoded",
        "multipart/form-data; boundary=",
        _some_text(draw),
    )
    return [("Content-Type", draw.choice(kinds))]


def _encoding(draw: Draw) -> list[tuple[str, str]]:
    return [
        ("Content-Encoding", draw.choice(("gzip", "deflate", "br", "zstd", "identity", "GZIP", "gzip, br", "x", "")))
    ]


def _expecting(draw: Draw) -> list[tuple[str, str]]:
    return [("Expect", draw.choice(("100-continue", "200-ok", "", "100-Continue, x")))]


HEADERS: Final[tuple[Callable[[Draw], list[tuple[str, str]]], ...]] = (
    _any_header,
    _many,
    _sequence,
    _known,
    _known,
    _type,
    _encoding,
    _expecting,
)

PATHS: Final = (
    *("", "", "", "/", "/Advert", "/advert/", "/Advert/?x=1", "/%00", "/%ff%fe", "/a//b/../../c", "/%2e%2e/x", "/;x=y"),
    *("/_sweep", "/Nonsense", "/%F0%9F%92%A5", "/" + "A" * 4_000, "/%zz", "?", "?a[]=%", "/REFUND_REQUEST"),
)
