"""The envelope of published data: CloudEvents 1.0 in its JSON format.

============== =====================================================================================
``id``         stable over retries: consumers that keep the ids they have seen see each change once
``source``     ``marketplacer-callback/<instance>``
``type``       ``marketplacer_callback.changed``, or ``marketplacer_callback.deleted``
``subject``    the ref, ``instance/typename/id``, unless the outcome says otherwise
``typename``   the object's type (an extension attribute, to filter by without a look at the data)
``time``       when it was published, in UTC
``data``       the published value
============== =====================================================================================
"""

from __future__ import annotations

import json
from datetime import UTC
from typing import Any, Final

from marketplacer_callback.sinks.item import Item

__all__ = ["CHANGED", "CONTENT_TYPE", "DELETED", "encode", "envelope"]

CHANGED: Final = "marketplacer_callback.changed"
DELETED: Final = "marketplacer_callback.deleted"
CONTENT_TYPE: Final = "application/cloudevents+json"


def envelope(item: Item) -> dict[str, Any]:
    """The event as JSON values (CloudEvents 1.0, JSON event format, section 3)."""
    return {
        "specversion": "1.0",
        "id": item.id,
        "source": f"marketplacer-callback/{item.ref.instance}",
        "type": DELETED if item.deleted else CHANGED,
        "subject": item.subject,
        "typename": item.ref.typename,
        "time": item.at.astimezone(UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z"),
        "datacontenttype": "application/json",
        "data": item.data,
    }


def encode(item: Item) -> bytes:
    """The event as one line of UTF-8. Raises ``TypeError`` or ``ValueError`` if the data is not JSON."""
    event = envelope(item)
    try:
        return json.dumps(event, ensure_ascii=False, allow_nan=False, separators=(",", ":")).encode()
    except UnicodeEncodeError:  # half of a surrogate pair: JSON can escape it, UTF-8 cannot hold it
        return json.dumps(event, allow_nan=False, separators=(",", ":")).encode()
