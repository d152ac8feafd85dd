"""Words that made-up products, people and addresses are put together from."""

from __future__ import annotations

from typing import Final

__all__ = [
    "BRANDS",
    "CARRIERS",
    "CITIES",
    "COLOURS",
    "FEATURES",
    "FIRST_NAMES",
    "MATERIALS",
    "REFUND_REASONS",
    "SIZES",
    "STREETS",
    "SURNAMES",
    "THINGS",
    "TRADES",
]

BRANDS: Final = (
    "Alder & Finch",
    "Bluegum",
    "Corvo",
    "Dunmore",
    "Elmtree",
    "Fernlea",
    "Greycliff",
    "Halden",
    "Ironbark",
    "Juniper Lane",
)
CARRIERS: Final = ("Harbour Post", "Kestrel Couriers", "Northline Freight")
CITIES: Final = (
    ("Brisbane", "Queensland", "QLD", "4000"),
    ("Geelong", "Victoria", "VIC", "3220"),
    ("Hobart", "Tasmania", "TAS", "7000"),
    ("Newcastle", "New South Wales", "NSW", "2300"),
    ("Perth", "Western Australia", "WA", "6000"),
)
COLOURS: Final = ("Charcoal", "Forest", "Ivory", "Navy", "Ochre", "Rust", "Sand", "Teal")
FEATURES: Final = (
    "hand finished",
    "made to last",
    "easy to clean",
    "repairable",
    "packed without plastic",
    "light to carry",
)
FIRST_NAMES: Final = (
    "Amira",
    "Bo",
    "Clara",
    "Dmitri",
    "Esther",
    "Farid",
    "Grace",
    "Hugo",
    "Ines",
    "Jonas",
    "Keiko",
    "Liam",
)
MATERIALS: Final = ("Bamboo", "Canvas", "Cork", "Felt", "Leather", "Linen", "Merino", "Oak", "Steel", "Stoneware")
REFUND_REASONS: Final = ("Arrived damaged", "Does not fit", "Not as described", "Ordered by mistake")
SIZES: Final = ("XS", "S", "M", "L", "XL")
STREETS: Final = ("Acacia Street", "Bridge Road", "Canal Lane", "Dockside Parade", "Elm Avenue", "Foundry Street")
SURNAMES: Final = ("Abara", "Brandt", "Castell", "Duong", "Eklund", "Farrow", "Gallo", "Hadley", "Ibarra", "Jansen")
THINGS: Final = (
    "Apron",
    "Backpack",
    "Basket",
    "Bowl",
    "Jacket",
    "Lamp",
    "Mug",
    "Notebook",
    "Scarf",
    "Shelf",
    "Stool",
    "Throw",
)
TRADES: Final = ("Homewares", "Outfitters", "Supply", "Trading", "Workshop", "Mercantile")
