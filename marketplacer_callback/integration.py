"""``Integration``: what integrators construct, register handlers on, and mount or run."""

from __future__ import annotations

import asyncio
import contextlib
import sys
from collections.abc import AsyncIterator, Awaitable, Callable, Mapping
from contextlib import AbstractAsyncContextManager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Any, Literal, TypeVar, overload

from marketplacer_callback.change import Change
from marketplacer_callback.errors import ConfigurationError, RegistrationError
from marketplacer_callback.outcomes import Answer
from marketplacer_callback.registration import Signature, model_problems, read_signature, where
from marketplacer_callback.typenames import canonical, is_typename

if TYPE_CHECKING:
    from aiohttp import web

    from marketplacer_callback.receiver import Receiver, Reply
    from marketplacer_callback.receiver.asgi_lifespan import ASGIApp
    from marketplacer_callback.routing import Handler, Table
    from marketplacer_callback.settings import Settings

__all__ = ["Integration"]

T = TypeVar("T")
M = TypeVar("M")
R = TypeVar("R", bound=Answer | Awaitable[Answer])


@dataclass(frozen=True, slots=True)
class _Registered:
    typename: str
    signature: Signature
    function: Callable[[Change[Any]], Any]
    document: str | None
    lane: Literal["fast", "slow"] | None
    skip_unchanged: bool


class Integration:
    """Handlers, and everything that brings changes to them.

    Constructing one reads nothing: no environment, file or socket. Settings are read at first use: when the receiver
    or the worker starts, or by ``check()``; they come from ``marketplacer-callback.toml`` and the environment unless
    ``settings`` is given.
    """

    def __init__(self, settings: Settings | None = None) -> None:
        self._has_own_settings = settings is not None
        self._settings: Settings | None = settings
        self._registered: list[_Registered] = []
        self._table: Table | None = None
        self._receiver: Receiver | None = None
        self._opening = asyncio.Lock()
        self._opened = contextlib.AsyncExitStack()

    # -- handlers ----------------------------------------------------------------------------------------------------

    @overload
    def on(
        self,
        typename: str,
        *,
        model: type[M],
        document: str | None = None,
        lane: Literal["fast", "slow"] | None = None,
        name: str | None = None,
        source: Literal["api", "payload"] = "api",
        skip_unchanged: bool | None = None,
        snapshots: bool = False,
    ) -> Callable[[Callable[[Change[M]], R]], Callable[[Change[M]], R]]: ...

    @overload
    def on(
        self,
        typename: str,
        *,
        document: str | None = None,
        model: None = None,
        lane: Literal["fast", "slow"] | None = None,
        name: str | None = None,
        source: Literal["api", "payload"] = "api",
        skip_unchanged: bool | None = None,
        snapshots: bool = False,
    ) -> Callable[[Callable[[Change[T]], R]], Callable[[Change[T]], R]]: ...

    def on(
        self,
        typename: str,
        *,
        document: str | None = None,
        model: type[Any] | None = None,
        lane: Literal["fast", "slow"] | None = None,
        name: str | None = None,
        source: Literal["api", "payload"] = "api",
        skip_unchanged: bool | None = None,
        snapshots: bool = False,
    ) -> Callable[[Callable[[Change[Any]], Any]], Callable[[Change[Any]], Any]]:
        """Register a coroutine or a plain function for the changes of one object type; it is returned unchanged.

        ``typename`` is the webhook's type. The object comes from the query ``document`` of ``queries/`` (default: the
        one named like the type), as the pydantic model of the annotation ``Change[Model]`` or of ``model``. ``lane``
        overrides the settings' lane of the type. ``name`` (default: the function's qualified name) is the handler's
        identity: its verdicts, digests and ``change.first`` are kept under it, so keep it when you rename the
        function. With ``skip_unchanged`` the handler is not called for an object that it has already seen in the same
        state. A plain function runs in a thread.

        Several handlers of one type run one after the other, in registration order; a failure of one does not stop
        the next. Raises ``RegistrationError``, with the handler's file and line, for one that could never be called.
        """
        frame = sys._getframe(1)

        def register(function: Callable[[Change[Any]], Any]) -> Callable[[Change[Any]], Any]:
            self._refuse(function, typename, lane, source, snapshots)
            signature = read_signature(function, name=name, model=model, frame=frame)
            for other in self._registered:
                if other.signature.name == signature.name:
                    raise RegistrationError(
                        f"{signature.where}: handler {signature.name!r} is registered twice, first at "
                        f"{other.signature.where}; give one of them another name=…"
                    )
            self._registered.append(
                _Registered(canonical(typename), signature, function, document, lane, bool(skip_unchanged))
            )
            return function

        return register

    # -- receiving ---------------------------------------------------------------------------------------------------

    def aiohttp_app(self) -> web.Application:
        """A sub-application for ``app.add_subapp("/marketplacer", …)``; it starts and stops with its parent."""
        from marketplacer_callback.receiver import aiohttp_app

        return aiohttp_app(self._opened_receiver)

    def asgi(self, app: ASGIApp | None = None, path: str = "/marketplacer") -> ASGIApp:
        """``app`` with the receiver at ``path`` and all below it. Wrap the host application; a mounted one would not
        be started.

        The host's other routes and its lifespan stay as they are. Without ``app`` the receiver stands alone.
        """
        from marketplacer_callback.receiver import asgi

        return asgi(self._opened_receiver, app, path)

    async def receive(self, body: bytes, headers: Mapping[str, str], path: str = "") -> Reply:
        """One delivery from any other framework: the raw body, all headers, and what followed the mount path.

        Give ``Reply.status``, ``.headers`` and ``.body`` back as they are. The first call opens the receiver;
        ``aclose`` closes it. All calls must come from one event loop.
        """
        async with self._opening:
            if self._receiver is None:
                self._receiver = await self._opened.enter_async_context(self._opened_receiver())
        return await self._receiver.receive(body, headers, path)

    async def aclose(self) -> None:
        """Close what ``receive`` opened."""
        async with self._opening:
            self._receiver = None
            await self._opened.aclose()

    async def refresh(self, typename: str, id: str, *, instance: str | None = None) -> None:
        """As if a webhook had come for this object. ``instance`` may be left out where there is only one.

        Durable when it returns. Raises ``ConfigurationError`` if nothing handles the type, ``QueueUnavailable`` if
        Redis is away.
        """
        from marketplacer_callback.refreshing import refresh
        from marketplacer_callback.wiring import opened_inboxes

        async with opened_inboxes(self.settings) as inboxes:
            inbox = inboxes[instance or self.settings.only_instance()]
            await refresh(inbox, self.table, canonical(typename), [id])

    # -- working -----------------------------------------------------------------------------------------------------

    async def run_worker(self) -> None:
        """Work until cancelled; then what runs is finished or handed back within ``worker.stop_within``."""
        from marketplacer_callback.wiring import opened_workers

        async with opened_workers(self.settings, self.table) as service:
            await service.run()

    @contextlib.asynccontextmanager
    async def worker(self) -> AsyncIterator[None]:
        """The worker inside a process that already runs: ``async with integration.worker(): …``.

        On the way out it stops like ``run_worker``. If the worker fails, the body is cancelled and its error is raised.
        """
        from marketplacer_callback.wiring import opened_workers

        async with opened_workers(self.settings, self.table) as service, service.running():
            yield

    # -- settings ----------------------------------------------------------------------------------------------------

    @property
    def settings(self) -> Settings:
        """The settings in force; reading this reads them. Raises ``ConfigurationError`` with all their problems."""
        if self._settings is None:
            from marketplacer_callback.settings import Settings

            self._settings = Settings.load()
        return self._settings

    @settings.setter
    def settings(self, settings: Settings) -> None:
        self._settings, self._table = settings, None

    @property
    def table(self) -> Table:
        """Who handles what: the registered handlers, then the routes of the settings. Fixed from its first use on."""
        if self._table is None:
            from marketplacer_callback.routes import handlers_of_routes
            from marketplacer_callback.routing import Table

            handlers = [
                self._handler(one, lane=one.lane or self.settings.lane_of(one.typename)) for one in self._registered
            ]
            routes = handlers_of_routes(self.settings)
            taken = {handler.name: handler.where for handler in handlers}
            clashes = [
                f"{route.where}: its name is taken by the handler at {taken[route.name]}; give it another"
                for route in routes
                if route.name in taken
            ]
            clashes += [problem for one in self._registered for problem in model_problems(one.signature)]
            if clashes:
                raise ConfigurationError(*dict.fromkeys(clashes))
            self._table = Table([*handlers, *routes])
        return self._table

    def check(self) -> None:
        """Settings, handlers and documents. Raises one ``ConfigurationError`` with *all* problems; opens no
        connection.
        """
        from marketplacer_callback.wiring import check_documents, problems_of_documents

        problems = problems_of_documents(self.settings, self.table, check_documents(self.settings))
        if not self.table:
            problems.append(
                "no handler and no route: register one with @integration.on(…), or add [[routes]] to the settings"
            )
        if problems:
            raise ConfigurationError(*problems)

    def _handlers_at_hand(self) -> list[Handler]:
        """The handlers that ``testing.answer`` runs: with the routes if settings are at hand, and without reading
        any.
        """
        if self._settings is not None:
            return list(self.table)
        return [self._handler(one, lane=one.lane or "slow") for one in self._registered]

    # -- private -----------------------------------------------------------------------------------------------------

    def _opened_receiver(self) -> AbstractAsyncContextManager[Receiver]:
        from marketplacer_callback.wiring import opened_receiver

        return opened_receiver(self.settings, self.table)

    def _handler(self, one: _Registered, *, lane: str) -> Handler:
        from marketplacer_callback.routing import Handler

        return Handler(
            name=one.signature.name,
            typename=one.typename,
            lane=lane,
            document=one.document or one.typename,
            function=one.function,
            is_async=one.signature.is_async,
            where=one.signature.where,
            model=one.signature.model,
            skip_unchanged=one.skip_unchanged,
        )

    def _refuse(
        self,
        function: Callable[..., object],
        typename: str,
        lane: str | None,
        source: str,
        snapshots: bool,
    ) -> None:
        place = where(function)
        if self._table is not None:
            raise RegistrationError(
                f"{place}: registered after the first use of this integration; import all handlers before it starts"
            )
        if not is_typename(typename):
            raise RegistrationError(
                f"{place}: {typename!r} is not the name of an object type; give one such as 'Advert'"
            )
        if lane not in (None, "fast", "slow"):
            raise RegistrationError(f"{place}: lane {lane!r}: the lanes are 'fast' and 'slow'")
        if source != "api":
            raise RegistrationError(f"{place}: source={source!r} is not available yet; handlers read by the API")
        if snapshots:
            raise RegistrationError(f"{place}: snapshots=True is not available yet")
