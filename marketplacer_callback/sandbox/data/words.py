"""Words that made-up products, people and addresses are put together from."""

from __future__ import annotations

from typing import Final, NamedTuple

__all__ = [
    "BRANDS",
    "CARRIERS",
    "CITIES",
    "COLOURS",
    "COUNTRIES",
    "DENIALS",
    "FEATURES",
    "FIRST_NAMES",
    "GOODS",
    "LINES",
    "MATERIALS",
    "REFUND_REASONS",
    "SIZES",
    "STREETS",
    "SURNAMES",
    "TRADES",
    "City",
    "Country",
    "Thing",
]


class Thing(NamedTuple):
    """What is sold, and between which prices, in units of the currency."""

    name: str
    cheapest: int
    dearest: int


class Country(NamedTuple):
    """A country: its code, how its companies are called, and how its telephone numbers begin."""

    name: str
    code: str
    company: str
    dial: str


class City(NamedTuple):
    """A city: its state, that state's short name, its postcode, and the code of its country."""

    name: str
    state: str
    short: str
    postcode: str
    country: str


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
    "Kestrel & Co",
    "Larkfield",
    "Marram",
    "Northwold",
    "Oxbow",
    "Pepperbox",
)
CARRIERS: Final = ("Harbour Post", "Kestrel Couriers", "Northline Freight")
COUNTRIES: Final = (
    Country("Australia", "AU", "Pty Ltd", "+61 2 5550"),
    Country("New Zealand", "NZ", "Limited", "+64 4 555"),
    Country("United States", "US", "LLC", "+1 206 555"),
    Country("United Kingdom", "GB", "Ltd", "+44 1632 96"),
    Country("Germany", "DE", "GmbH", "+49 30 5550"),
    Country("Japan", "JP", "KK", "+81 3 5550"),
)
CITIES: Final = (
    City("Brisbane", "Queensland", "QLD", "4000", "AU"),
    City("Geelong", "Victoria", "VIC", "3220", "AU"),
    City("Hobart", "Tasmania", "TAS", "7000", "AU"),
    City("Newcastle", "New South Wales", "NSW", "2300", "AU"),
    City("Perth", "Western Australia", "WA", "6000", "AU"),
    City("Nelson", "Nelson", "NSN", "7010", "NZ"),
    City("Dunedin", "Otago", "OTA", "9016", "NZ"),
    City("Seattle", "Washington", "WA", "98101", "US"),
    City("Burlington", "Vermont", "VT", "05401", "US"),
    City("Bath", "Somerset", "SOM", "BA1 1AA", "GB"),
    City("Lübeck", "Schleswig-Holstein", "SH", "23552", "DE"),
    City("Kanazawa", "Ishikawa", "17", "920-0962", "JP"),
)
COLOURS: Final = ("Charcoal", "Forest", "Ivory", "Navy", "Ochre", "Rust", "Sand", "Teal")
DENIALS: Final = ("Returned too late", "Worn or used", "Parts are missing")
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
GOODS: Final[dict[str, tuple[Thing, ...]]] = {
    "Home": (
        Thing("Lamp", 39, 240),
        Thing("Shelf", 60, 320),
        Thing("Stool", 80, 260),
        Thing("Throw", 35, 150),
        Thing("Basket", 15, 80),
        Thing("Mirror", 55, 400),
    ),
    "Kitchen": (
        Thing("Bowl", 12, 60),
        Thing("Mug", 9, 35),
        Thing("Apron", 25, 70),
        Thing("Chopping Board", 20, 95),
        Thing("Jug", 18, 75),
        Thing("Tea Towel", 8, 24),
    ),
    "Clothing": (
        Thing("Jacket", 90, 420),
        Thing("Scarf", 25, 120),
        Thing("Shirt", 35, 130),
        Thing("Trousers", 50, 180),
        Thing("Beanie", 15, 45),
        Thing("Jumper", 60, 220),
    ),
    "Outdoors": (
        Thing("Backpack", 60, 280),
        Thing("Hammock", 45, 190),
        Thing("Picnic Rug", 35, 110),
        Thing("Water Bottle", 15, 55),
        Thing("Camp Chair", 40, 160),
        Thing("Sleeping Bag", 80, 390),
    ),
    "Stationery": (
        Thing("Notebook", 8, 40),
        Thing("Pencil Case", 12, 45),
        Thing("Desk Tray", 18, 85),
        Thing("Letter Opener", 10, 60),
    ),
}
LINES: Final = ("Everyday", "Harbour", "Heritage", "Low Country", "Nordic", "Pocket", "Studio", "Weekender", "Classic")
MATERIALS: Final = ("Bamboo", "Canvas", "Cork", "Felt", "Leather", "Linen", "Merino", "Oak", "Steel", "Stoneware")
REFUND_REASONS: Final = ("Arrived damaged", "Does not fit", "Not as described", "Ordered by mistake")
SIZES: Final = ("XS", "S", "M", "L", "XL")
STREETS: Final = ("Acacia Street", "Bridge Road", "Canal Lane", "Dockside Parade", "Elm Avenue", "Foundry Street")
SURNAMES: Final = ("Abara", "Brandt", "Castell", "Duong", "Eklund", "Farrow", "Gallo", "Hadley", "Ibarra", "Jansen")
TRADES: Final = ("Homewares", "Outfitters", "Supply", "Trading", "Workshop", "Mercantile")
