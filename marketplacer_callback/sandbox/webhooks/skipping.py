"""``allowSkip``: an event whose payload is the one that the webhook last told of the object is not sent."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from hashlib import blake2b
from typing import Final

__all__ = ["Repeats"]

REMEMBERED: Final = 200_000


class Repeats:
    """The last payload of each object of each webhook, of the 200,000 that were told of last.

    Documented: the payload alone is compared. So the second write of two is skipped even if it is a destroy.
    """

    def __init__(self) -> None:
        self._last: OrderedDict[tuple[int, str], tuple[bytes, int]] = OrderedDict()

    def repeats(self, key: tuple[int, str], payload: bytes, number: int, counts: Callable[[int], bool]) -> bool:
        """Whether the event ``number`` says what the last one of ``key`` said; remembers it if not.

        ``counts``: whether the event with that number may be compared with.
        """
        digest = blake2b(payload, digest_size=16).digest()
        last = self._last.pop(key, None)
        if last is not None and last[0] == digest and counts(last[1]):
            self._last[key] = last
            return True
        self._last[key] = (digest, number)
        if len(self._last) > REMEMBERED:
            self._last.popitem(last=False)
        return False
