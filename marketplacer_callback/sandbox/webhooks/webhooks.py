"""The webhooks of an instance: who is told of a write, and what became of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import fields
from typing import TYPE_CHECKING, Any, Final

from marketplacer_callback.sandbox.data.store import Written
from marketplacer_callback.sandbox.journal import Journal
from marketplacer_callback.sandbox.querying.request import Request
from marketplacer_callback.sandbox.webhooks.books import Books
from marketplacer_callback.sandbox.webhooks.collapsing import Collapsing, Notice
from marketplacer_callback.sandbox.webhooks.disturbed import Disturbance, Disturbing, Reordering
from marketplacer_callback.sandbox.webhooks.limits import complaint
from marketplacer_callback.sandbox.webhooks.model import Event, Finished, Webhook
from marketplacer_callback.sandbox.webhooks.payloads import Payloads
from marketplacer_callback.sandbox.webhooks.records import Records
from marketplacer_callback.sandbox.webhooks.retries import Retries
from marketplacer_callback.sandbox.webhooks.sending import Sending
from marketplacer_callback.sandbox.webhooks.shown import delivery
from marketplacer_callback.sandbox.webhooks.timers import Timers

if TYPE_CHECKING:
    from marketplacer_callback.sandbox.querying.execute import Executor

__all__ = ["Webhooks"]

RUNNING: Final = frozenset({"id", "number", "waiting", "active", "queue", "held"})
SETTINGS: Final = frozenset(field.name for field in fields(Webhook)) - RUNNING


class Webhooks:
    """All webhooks of an instance. Open it before anything is announced.

    ``request`` makes what a query needs, as ``Sandbox.request`` does.
    """

    def __init__(
        self, executor: Executor, request: Callable[..., Request], journal: Journal, retries: Retries, vertical: str
    ) -> None:
        self._request = request
        self._schema = executor.schema
        self._webhooks: dict[str, Webhook] = {}
        self._by_type: dict[str, list[Webhook]] = {}
        self._timers = Timers()
        self._payloads = Payloads(executor, request)
        self._books = Books(request, self._payloads, journal, retries, vertical)
        self._sending = Sending(self._books, retries, self._timers)
        self._collapsing = Collapsing(self._timers, self._tell)
        self._disturbing = Disturbing()
        self._reordering = Reordering(self._timers, self._sending.enqueue)

    # how they are configured

    def create(self, typename: str, url: str, **settings: Any) -> Webhook:
        """A webhook for a type; ``settings`` are the fields of ``Webhook``. ``ValueError`` for what it cannot be."""
        self._check({"typename": typename, "url": url, **settings})
        webhook = Webhook(len(self._webhooks) + 1, typename, url, **settings)
        self._webhooks[webhook.id] = webhook
        self._by_type.setdefault(typename, []).append(webhook)
        return webhook

    def update(self, webhook: Webhook, **settings: Any) -> None:
        """Change fields of a webhook: at once, for retries too. ``ValueError`` for what it cannot be."""
        self._check(settings)
        before = webhook.typename
        for name, value in settings.items():
            setattr(webhook, name, value)
        for typename in {before, webhook.typename}:
            self._by_type[typename] = self.all(typename)
        if webhook.enabled:
            self._books.released(len(webhook.held))
        self._sending.wake(webhook)

    def webhook(self, typename: str) -> Webhook:
        """The first webhook of a type. ``KeyError`` if it has none."""
        if not self._by_type.get(typename):
            raise KeyError(f"the sandbox has no webhook for {typename}")
        return self._by_type[typename][0]

    def all(self, typename: str | None = None) -> list[Webhook]:
        """Every webhook, or every one of a type, in the order in which they were made."""
        return [one for one in self._webhooks.values() if typename in (None, one.typename)]

    def find(self, id: str) -> Webhook | None:
        """The webhook with that id."""
        return self._webhooks.get(id)

    # what they tell

    def announce(self, written: Written, finished: Finished | None = None) -> int:
        """Tell every webhook that is for this write; how many those are.

        ``finished`` is for the first of them: it is called once, when its event was delivered or given up on.
        """
        told = 0
        request = self._request()
        for webhook in self._by_type.get(written.typename, ()):
            if not _wants(webhook, written, request):
                continue
            rendered = self._payloads.render(webhook, written)
            notice = Notice(webhook, written, rendered, [finished] if finished else [])
            told, finished = told + 1, None
            self._books.released(1)
            if not request.choices.collapse_ms:
                self._tell(notice)
            elif self._collapsing.put(notice, request.choices.collapse_ms):
                self._books.settled()
        return told

    def tell(self, writes: Iterable[Written], finished: Finished | None = None) -> bool:
        """Announce several writes; whether a webhook is for any of them. ``finished`` is for the first event alone."""
        told = False
        for written in writes:
            if self.announce(written, None if told else finished):
                told = True
        return told

    def disturb(self, *disturbances: Disturbance | None) -> None:
        """Make the next deliveries misbehave, each as the first that is for its type says; ``None`` makes all well."""
        self._disturbing.set(disturbances)
        self._reordering.flush()

    def disturbances(self) -> list[tuple[Disturbance, int | None]]:
        """What makes deliveries misbehave, each with the number of deliveries that it lasts (``None``: no end)."""
        return self._disturbing.in_force()

    @property
    def next_event(self) -> int:
        """The number of the next event."""
        return self._books.next_number

    def number_from(self, first: int) -> None:
        """Let the ids of events and the sequences go on from a number, so that none comes twice to a receiver that
        has seen others.
        """
        self._books.number_from(first)

    # what became of it

    @property
    def pending(self) -> int:
        """Events that are neither answered 2xx nor given up on nor held by a disabled webhook."""
        return self._books.pending

    @property
    def records(self) -> Records:
        """The events that the API can show."""
        return self._books.records

    async def drained(self) -> None:
        """Wait until nothing is pending."""
        await self._books.idle.wait()

    def deliveries(self, limit: int = 100) -> list[dict[str, Any]]:
        """The events that changed last, the latest first, as JSON: what each is about, the answers to its tries, how
        it ended or when it is tried next.
        """
        return [delivery(event) for event in self.records.newest(limit)]

    # as long as it lives

    async def open(self) -> None:
        """Get ready to send."""
        await self._sending.open()

    async def close(self) -> None:
        """Stop sending; what is pending is dropped, and nobody waits for it any longer."""
        self._timers.cancel()
        await self._sending.close()
        self._books.idle.set()

    def _check(self, settings: dict[str, Any]) -> None:
        for name, value in settings.items():
            if name not in SETTINGS:
                raise ValueError(f"a webhook has no {name!r}; one of {', '.join(sorted(SETTINGS))}")
            if problem := complaint(name, value, self._schema):
                raise ValueError(f"{name} {problem}")

    def _tell(self, notice: Notice) -> None:
        event = self._books.event(notice)
        if event is None:
            return
        disturbance = event.disturbance = self._disturbing.take(event.written.typename)
        if disturbance.drop:
            self._books.note(event, None, "lost")
        elif disturbance.delay_ms:
            self._timers.later(disturbance.delay_ms / 1000, self._release, event)
        else:
            self._release(event)

    def _release(self, event: Event) -> None:
        if event.disturbance.reorder > 1:
            self._reordering.put(event, event.disturbance.reorder)
        else:
            self._sending.enqueue(event)


def _wants(webhook: Webhook, written: Written, request: Request) -> bool:
    if webhook.event_name not in (None, written.event_name):
        return False
    if webhook.seller is None:
        return True
    record = request.store.get(written.id)
    return record is not None and request.store.seller_id(record) == webhook.seller
