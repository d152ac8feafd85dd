"""The integration of a project that uses the fixtures."""

import asyncio

from marketplacer_callback import Answer, Change, Integration, errors, outcomes

integration = Integration()
seen = []


@integration.on("Advert")
async def product(change: Change) -> Answer:
    seen.append(change)
    if change.deleted:
        return outcomes.publish("archive", {"deleted": True})
    title = change.object["title"]
    if title == "hanging":
        await asyncio.sleep(60)
    if title == "later":
        raise errors.RetryLater("not yet", after=3600)
    if title == "wrong":
        raise ZeroDivisionError("by zero")
    if title == "hopeless":
        return outcomes.dead_letter("no such thing")
    if title == "dull":
        return outcomes.skip("dull")
    return outcomes.publish("archive", {title} if title == "a set" else title)


@integration.on("Advert", name="also")
def also(change: Change) -> None: ...
