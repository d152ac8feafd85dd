"""One typed handler: products go to a catalogue, here a dict."""

from pydantic import BaseModel

from marketplacer_callback import Change, Integration


class Product(BaseModel):
    """What queries/Advert.graphql selects of a product."""

    id: str
    title: str
    published: bool


catalogue: dict[str, Product] = {}
integration = Integration()


@integration.on("Advert")
async def product(change: Change[Product]) -> None:
    if change.deleted:
        catalogue.pop(change.ref.id, None)
        return
    catalogue[change.ref.id] = change.object
    print(f"{change.ref}: {change.object.title!r}")
