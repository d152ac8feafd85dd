"""Inputs that many mutations share: external ids, metadata, addresses, images.

``external_ids`` and ``metadata`` give the list that the owner's record shall hold and write nothing. ``address`` and
``images`` check what was given when they are called, and write when what they return is called: a mutation checks all
of its inputs before it writes any.
"""

from __future__ import annotations

import base64
import binascii
import re
from collections.abc import Callable, Iterable, Sequence
from pathlib import PurePosixPath
from typing import Final
from urllib.parse import urlsplit

from marketplacer_callback.sandbox.data.catalogue import external_id
from marketplacer_callback.sandbox.data.places import home_country
from marketplacer_callback.sandbox.data.store import Record, Store
from marketplacer_callback.sandbox.mutations.answer import NotFound, Refused, found
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["address", "external_ids", "images", "metadata"]

NEEDED: Final = ("address", "city", "postcode")
COUNTRY_CODE: Final = re.compile(r"[A-Z]{2}")
DEFAULT_EXTENSION: Final = ".jpeg"


def external_ids(owner: Record, given: Sequence[Record] | None) -> list[Record]:
    """What ``owner["externalIds"]`` shall be: what it is, with the given ``{"key", "value"}`` in it.

    A key of the owner that is given again gets the new value (and keeps its id); one that is given without a value
    is taken out; keys that are not given stay. That is a guess: no source tells how the input of another mutation
    than ``externalIdUpsert`` treats what is there. A key that is given more than once gets all its values.
    """
    known: list[Record] = list(owner.get("externalIds") or ())
    wanted = _by_key(given)
    kept = [entry for entry in known if entry["key"] not in wanted]
    for key, values in wanted.items():
        before = [entry for entry in known if entry["key"] == key]
        for position, value in enumerate(values):
            if position < len(before):
                kept.append({**before[position], "value": value})
            else:
                kept.append(external_id(owner, key, value, further=position > 0))
    return kept


def metadata(request: Request, owner: Record, given: Sequence[Record] | None) -> list[Record]:
    """What ``owner["metadata"]`` shall be: what it is, with the given ``{"key", "value"}`` in it.

    A key has one value; given without a value it is taken out; keys that are not given stay (a guess).
    """
    now = request.store.now()
    kept: dict[str, Record] = {entry["key"]: entry for entry in owner.get("metadata") or ()}
    for key, values in _by_key(given).items():
        before = kept.pop(key, {"__typename": "Metadatum", "key": key, "createdAt": now})
        if values:
            kept[key] = {**before, "value": values[-1], "updatedAt": now}
    return list(kept.values())


def address(request: Request, given: Record, *, field: str = "address") -> Callable[[], Record]:
    """An ``AddressInput``, checked; call what is returned to write it and to get the record.

    With an ``id`` the address of that id is changed, otherwise a new one is made, which needs a street, a city, a
    postcode and a state (by the schema; the state of a country whose states the sandbox does not know is taken as it
    is). The country is by default the home country. Countries and states are found by code, name or database id.
    Raises ``Refused`` for what is missing, ``NotFound`` for an unknown address, country or state.
    """
    store = request.store
    known = found(request, "Address", given["id"], f"{field}.id") if given.get("id") else None
    fields = {name: given[name] for name in (*NEEDED, "subaddress") if given.get(name) is not None}
    if known is None:
        missing = [name for name in NEEDED if not fields.get(name, "").strip()]
        missing += [] if given.get("state") else ["state"]
        if missing:
            raise Refused(f"{missing[0].capitalize()} can't be blank", field=f"{field}.{missing[0]}")
    country = _country(store, given.get("country"), known, f"{field}.country")
    state = _state(store, given["state"], country, f"{field}.state") if given.get("state") else None

    def write() -> Record:
        values = dict(fields)
        if given.get("country") or known is None:
            made = isinstance(country, str)
            values["country"] = store.add_silently("Country", name=country, code=country) if made else country
        if state is not None:
            place = values.get("country") or country
            values["state"] = state if "id" in state else store.add_silently("State", **state, country=place)
        full = _in_one_line({**(known or {}), **values})
        values |= {"fullAddress": full, "location": full}
        if known is None:
            return store.add("Address", **values)
        store.change("Address", known["id"], **values)
        return known

    return write


def images(request: Request, given: Sequence[Record] | None, *, field: str = "images") -> Callable[[], list[Record]]:
    """A list of ``ImageInput``, checked; call what is returned to write them and to get the records, in that order.

    Each is an existing image (``imageId``), data (``dataBase64``) or a URL to fetch it from (``sourceUrl``), which the
    sandbox does not do. Raises ``Refused`` for one that is none of these, ``NotFound`` for an unknown ``imageId``.
    """
    checked = [_image(request, image, position, field) for position, image in enumerate(given or (), start=1)]
    return lambda: [write() for write in checked]


def _by_key(given: Iterable[Record] | None) -> dict[str, list[str]]:
    values: dict[str, list[str]] = {}
    for pair in given or ():
        of_key = values.setdefault(pair["key"], [])
        value = pair.get("value")
        if value is not None and value not in of_key:
            of_key.append(value)
    return values


def _country(store: Store, given: Record | None, known: Record | None, field: str) -> Record | str:
    """The country, or the code of one that is yet to be made: the sandbox is seeded with few of the world's."""
    countries = store.all("Country")
    if not given:
        home = home_country(store.currency).code
        return known["country"] if known else next((one for one in countries if one["code"] == home), home)
    code, id_ = (given.get("code") or "").upper(), given.get("id")
    for country in countries:
        if country["code"] == code or _has_id(country, id_):
            return country
    if not COUNTRY_CODE.fullmatch(code):
        raise NotFound(f"No object found for country: {given.get('code') or id_}", field=field)
    return code


def _state(store: Store, given: Record, country: Record | str, field: str) -> Record:
    """The state, or the fields of one that is yet to be made (it has no ``id``)."""
    states = [state for state in store.all("State") if state["country"] is country]
    name, short = given.get("name"), given.get("short")
    for state in states:
        if state["name"] == name or state["short"] == short or _has_id(state, given.get("id")):
            return state
    label = short or name
    if states or not label:
        raise NotFound(f"No object found for state: {label or given.get('id')}", field=field)
    return {"name": name or label, "short": label, "slug": label.lower()}


def _has_id(record: Record, id_: str | None) -> bool:
    return id_ is not None and id_ in (record["id"], str(record["legacyId"]))


def _in_one_line(record: Record) -> str:
    street = ", ".join(part for part in (record.get("subaddress"), record["address"]) if part)
    state = (record.get("state") or {}).get("short", "")
    return f"{street}, {' '.join(part for part in (record['city'], state, record['postcode']) if part)}"


def _image(request: Request, given: Record, position: int, field: str) -> Callable[[], Record]:
    if given.get("imageId"):
        existing = found(request, "Image", given["imageId"], f"{field}.imageId")
        return lambda: existing
    if not (given.get("dataBase64") or given.get("sourceUrl")):
        raise Refused("Image needs one of imageId, dataBase64, sourceUrl", field=field)
    size = given.get("size") or _size(given.get("dataBase64"), field)
    named = given.get("filename") or PurePosixPath(urlsplit(given.get("sourceUrl") or "").path).name

    def write() -> Record:
        image = request.store.add("Image", alt=given.get("alt"), position=position, size=size)
        extension = PurePosixPath(named).suffix or DEFAULT_EXTENSION
        url = f"https://images.example.com/{image['legacyId']}{extension}"
        image |= {"filename": named or f"{image['legacyId']}{extension}", "url": url}
        return image

    return write


def _size(data: str | None, field: str) -> int | None:
    if not data:
        return None
    try:
        return len(base64.b64decode(data, validate=True))
    except (ValueError, binascii.Error):
        raise Refused("dataBase64 is not valid base64", field=f"{field}.dataBase64") from None
