"""The receiver: answers deliveries, inside any web framework or as a server of its own."""

from marketplacer_callback.receiver.aiohttp_app import aiohttp_app
from marketplacer_callback.receiver.asgi import asgi
from marketplacer_callback.receiver.core import Door, Opening, Receiver, event_of
from marketplacer_callback.receiver.replies import Reply
from marketplacer_callback.receiver.server import serve

__all__ = ["Door", "Opening", "Receiver", "Reply", "aiohttp_app", "asgi", "event_of", "serve"]
