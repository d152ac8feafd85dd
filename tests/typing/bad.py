"""Misuses that type checkers reject; each is marked on the line that the error is reported at."""

from __future__ import annotations

from pydantic import BaseModel

from marketplacer_callback import Answer, Change, Integration, outcomes


class Product(BaseModel):
    id: str


class Vendor(BaseModel):
    id: str


integration = Integration()


@integration.on("Advert", lane="middle")  # expect-error
def wrong_lane(change: Change) -> Answer:
    return None


@integration.on("Advert", name="a")  # expect-error
def answers_str(change: Change) -> str:
    return "done"


@integration.on("Advert", name="b")  # expect-error
async def answers_str_later(change: Change) -> str:
    return "done"


@integration.on("Advert", model=Vendor)  # expect-error
def another_model(change: Change[Product]) -> Answer:
    return None


@integration.on("Advert", name="c")  # expect-error
def no_change(change: Product) -> Answer:
    return None


@integration.on("Advert", name="d")
def no_such_field(change: Change[Product]) -> Answer:
    return outcomes.skip(change.object.title)  # expect-error


outcomes.skip()  # expect-error
outcomes.retry("later", after="soon")  # expect-error
outcomes.publish("sink")  # expect-error
