"""Controls for what goes wrong on purpose, and for requests that are held."""

from __future__ import annotations

import asyncio
from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.controls.given import Json, only, whole
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.faults.plan import Plan

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.sandbox import Sandbox

__all__ = ["FaultControls"]

LONGEST_WAIT_S: Final = 600


class FaultControls:
    """``fail``, ``faults`` (three ways), ``held``, ``release``."""

    def __init__(self, sandbox: Sandbox) -> None:
        self.sandbox = sandbox

    async def fail(self, body: Json) -> Json:
        self.sandbox.faults.set(Fault.parse(body))
        return {}

    async def faults(self, query: Json) -> Json:
        only(query)
        disturbances = self.sandbox.webhooks.disturbances()
        return {
            "faults": [one.as_json() for one in self.sandbox.faults.in_force()],
            "deliveries": [{"disturbance": one.as_json(), "left": left} for one, left in disturbances],
        }

    async def follow(self, body: Json) -> Json:
        self.sandbox.follow(Plan.parse(body))
        return await self.faults({})

    async def mend(self, query: Json) -> Json:
        only(query)
        self.sandbox.follow(Plan())
        return await self.faults({})

    async def held(self, query: Json) -> Json:
        only(query, "name", "until", "timeout")
        name, until = query.get("name"), whole(query, "until", 0)
        faults = self.sandbox.faults
        try:
            async with asyncio.timeout(min(_seconds(query), LONGEST_WAIT_S)):
                await faults.until_held(name, until)
        except TimeoutError:
            pass  # what is held by then is the answer
        return {"held": [held.as_json() for held in faults.held(name)]}

    async def release(self, body: Json) -> Json:
        only(body, "name", "id")
        if len(body) > 1:
            raise ValueError("give the name or the id of what to release, not both")
        which: Any = next(iter(body.values()), None)
        wanted = int if "id" in body else str
        if which is not None and (not isinstance(which, wanted) or isinstance(which, bool)):
            raise ValueError("the name of held requests is a text, an id a whole number")
        return {"released": self.sandbox.faults.release(which)}


def _seconds(query: Json) -> float:
    text = str(query.get("timeout", 30))
    try:
        seconds = float(text)
    except ValueError:
        seconds = -1
    if not seconds >= 0:
        raise ValueError("'timeout': expected seconds, from 0")
    return seconds
