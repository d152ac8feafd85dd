"""An integrator's module that type checkers accept as it is."""

from __future__ import annotations

from typing import Any

from pydantic import BaseModel

from marketplacer_callback import Answer, Change, Event, Integration, Ref, Settings, errors, outcomes
from marketplacer_callback.testing import answer, change, sign


class Product(BaseModel):
    id: str
    title: str


class Catalogue:
    async def put(self, product: Product) -> None: ...

    async def remove(self, id: str) -> None: ...


catalogue = Catalogue()
integration = Integration()


@integration.on("Advert")
async def product(change: Change[Product]) -> None:
    if change.deleted:
        return await catalogue.remove(change.ref.id)
    await catalogue.put(change.object)


@integration.on("Variant", document="VariantInventory")
async def stock(change: Change) -> Answer:
    return outcomes.publish("catalogue", change.object)


@integration.on("Invoice", lane="fast", skip_unchanged=True)
async def order(change: Change) -> Answer:
    if not change.first or "PAID" not in change.object["statusFlags"]:
        return outcomes.skip("not paid yet, or the OMS has it")
    return [outcomes.publish("oms", change.object, subject=str(change.ref)), outcomes.done()]


@integration.on("RefundRequest")
def small(change: Change) -> Answer:
    if change.object["status"] != "AWAITING":
        return outcomes.skip("not ours")
    return outcomes.retry("the gateway is closed", after=60)


@integration.on("RefundRequest", name="pay-back")
def pay_back(change: Change[dict[str, Any]]) -> Answer:
    if change.attempt > 3:
        raise errors.GiveUp("the gateway refuses")
    raise errors.RetryLater("gateway timed out", after=60)


@integration.on("Seller", model=Product)
def seller(change: Change[Product]) -> Answer:
    title: str = change.object.title
    return outcomes.dead_letter(title)


def kept_type() -> None:
    seller(change("Seller", Product(id="1", title="x")))
    typed: Change[Product] = change("Seller")
    ref: Ref = typed.ref
    events: tuple[Event, ...] = typed.events
    answers: dict[str, list[outcomes.Outcome]] = answer(integration, "Seller", {"id": "1"})
    header: str = sign(b"{}", "secret")
    print(ref, events, answers, header)


async def service(settings: Settings, app: Any) -> None:
    other = Integration(settings)
    other.check()
    other.asgi(app)
    other.aiohttp_app()
    reply = await other.receive(b"", {}, "Advert")
    print(reply.status, reply.headers, reply.body)
    await other.refresh("Advert", "QWR2ZXJ0LTE=")
    async with other.worker():
        pass
    await other.run_worker()
