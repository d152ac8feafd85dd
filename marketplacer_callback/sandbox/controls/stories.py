"""Controls that make things happen and wait for the receivers' answers: a story, or one event of a type."""

from __future__ import annotations

from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.controls.given import Json, known_text, only, text
from marketplacer_callback.sandbox.stories.telling import WAIT_S, play, trigger

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["StoryControls"]

LONGEST_WAIT_S: Final = 600.0


class StoryControls:
    """``story`` and ``trigger``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def story(self, body: Json) -> Json:
        only(body, "name", "wait")
        return await play(self.sandbox, text(body, "name"), within_s=_wait(body))

    async def trigger(self, body: Json) -> Json:
        only(body, "typename", "id", "event_name", "wait")
        typename, event_name = text(body, "typename"), known_text(body, "event_name") or "update"
        return await trigger(self.sandbox, typename, event_name, known_text(body, "id"), within_s=_wait(body))


def _wait(body: Json) -> float:
    wait: Any = body.get("wait", WAIT_S)
    if isinstance(wait, bool) or not isinstance(wait, int | float) or not 0 <= wait <= LONGEST_WAIT_S:
        raise ValueError(f"'wait': expected seconds, from 0 to {LONGEST_WAIT_S:g}")
    return float(wait)
