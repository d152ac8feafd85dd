"""External ids and metadata of any object. Only an operator's key may attach them, as documented."""

from __future__ import annotations

from typing import Final

from marketplacer_callback.sandbox.data.catalogue import external_id
from marketplacer_callback.sandbox.data.store import Record
from marketplacer_callback.sandbox.mutations import inputs
from marketplacer_callback.sandbox.mutations.answer import Mutation, Refused, found, operator_only
from marketplacer_callback.sandbox.mutations.plain import can_have, said
from marketplacer_callback.sandbox.querying.request import Request

__all__ = ["EXTERNAL_IDS"]


def external_id_upsert(request: Request, values: Record) -> Record:
    """``externalIdUpsert``: by the schema, owner, key and value are unique together: a second value of a key is added.

    With ``ownerKeyUnique`` owner and key are unique: the value is replaced. What is there already is answered without
    a write, so that nothing is told of it (a guess).
    """
    owner = _owner(request, values, "externalIds")
    entries, entry = _with_value(owner, values["key"], values["value"], unique=bool(values.get("ownerKeyUnique")))
    if entries is not owner.get("externalIds"):
        request.store.change(owner["__typename"], owner["id"], externalIds=entries)
    return {"externalId": entry}


def metadata_upsert(request: Request, values: Record) -> Record:
    """``metadataUpsert``: a key that the owner has gets the new value, as documented."""
    owner = _owner(request, values, "metadata")
    known = next((entry for entry in owner.get("metadata") or () if entry["key"] == values["key"]), None)
    if known is not None and known["value"] == values["value"]:
        return {"metadata": known}
    entries = inputs.metadata(request, owner, [values])
    request.store.change(owner["__typename"], owner["id"], metadata=entries)
    return {"metadata": next(entry for entry in entries if entry["key"] == values["key"])}


def _with_value(owner: Record, key: str, value: str, *, unique: bool) -> tuple[list[Record], Record]:
    """What the owner's external ids shall be, and the one of that key and value.

    The same list if it is in there. With ``unique`` it takes the place, and the id, of the key's first value, and any
    other values of the key go (which the schema leaves open).
    """
    known: list[Record] = owner.get("externalIds") or []
    of_key = [entry for entry in known if entry["key"] == key]
    same = next((entry for entry in of_key if entry["value"] == value), None)
    if same is not None and (not unique or len(of_key) == 1):
        return known, same
    if not of_key:
        entry = external_id(owner, key, value)
    elif unique:
        entry = {**of_key[0], "value": value}
    else:
        entry = external_id(owner, key, value, further=True)
    kept = [other for other in known if not (unique and other["key"] == key)]
    return [*kept, entry], entry


def _owner(request: Request, values: Record, relation: str) -> Record:
    """The object that ``owner`` names, of whichever type. ``NotFound`` if there is none or it was deleted, ``Refused``
    if its type cannot have such a thing or if key or value is blank.
    """
    owner = request.store.get(values["owner"])
    owner = found(request, owner["__typename"] if owner else "", values["owner"], "owner")
    if not can_have(request.store, owner["__typename"], relation):
        raise Refused(f"{owner['__typename']} cannot have {said(relation).lower()}", field="owner")
    for name in ("key", "value"):
        if not values[name].strip():
            raise Refused(f"{said(name)} can't be blank", field=name)
    return owner


EXTERNAL_IDS: Final[dict[str, Mutation]] = {
    "externalIdUpsert": operator_only(external_id_upsert),
    "metadataUpsert": operator_only(metadata_upsert),
}
