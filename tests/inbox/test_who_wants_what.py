"""The table of routes: kept by all processes, aged by the clock of a fleet that is up, and the judge of mixed
versions.
"""

from __future__ import annotations

import pytest
from inbox_desk import Desk

from marketplacer_callback.errors import ConfigurationError
from marketplacer_callback.inbox import HandlerResult, Want

OLD, NEW = Want("Advert", "slow", "index"), Want("Advert", "slow", "added")
MINUTE_MS = 60_000


async def test_an_older_worker_passes_on_what_it_does_not_know(desk: Desk) -> None:
    await desk.inbox.register([OLD, NEW])
    await desk.accept()
    _, words = await desk.run(HandlerResult("index", "done"))
    assert words == ["later"]
    desk.clock.advance(5_000)
    assert (await desk.inbox.tend("slow")).promoted == 1
    _, _, claimed = await desk.take()
    (mailbox,) = claimed.mailboxes
    assert mailbox.pending_for(OLD) == ()
    assert len(mailbox.pending_for(NEW)) == 1
    assert mailbox.failures == {}


async def test_a_route_leaves_ten_minutes_after_the_last_process_that_knows_it(desk: Desk) -> None:
    await desk.inbox.register([OLD, NEW])
    for _ in range(9):
        desk.clock.advance(MINUTE_MS)
        await desk.inbox.register([OLD])
    assert set(await desk.inbox.routes()) == {OLD, NEW}
    desk.clock.advance(MINUTE_MS)
    await desk.inbox.register([OLD])
    assert await desk.inbox.routes() == (OLD,)


async def test_an_outage_of_the_whole_fleet_ages_no_route(desk: Desk) -> None:
    await desk.inbox.register([OLD, NEW])
    desk.clock.advance(60 * MINUTE_MS)
    await desk.inbox.register([OLD])
    assert set(await desk.inbox.routes()) == {OLD, NEW}


async def test_a_removed_handlers_rest_ends_with_its_route(desk: Desk) -> None:
    await desk.inbox.register([OLD, NEW])
    await desk.accept()
    await desk.run(HandlerResult("index", "done"))
    for _ in range(11):
        desk.clock.advance(MINUTE_MS)
        await desk.inbox.register([OLD])
    await desk.inbox.tend("slow")
    _, words = await desk.run()
    assert words == ["idle"]


async def test_names_and_every_name_come_back_as_they_were_said(desk: Desk) -> None:
    wants = {Want("Variant", "fast", "stock", ("create", "update")), Want("Variant", "slow", "a.b-c_D", ("*",))}
    await desk.inbox.register(sorted(wants, key=str))
    assert {want for want in await desk.inbox.routes() if want.typename == "Variant"} == wants


@pytest.mark.parametrize(
    "want",
    [
        Want("Ad vert", "slow", "index"),
        Want("Advert", "sl ow", "index"),
        Want("Advert", "slow", "in/dex"),
        Want("Advert", "slow", "index", ("Up date",)),
        Want("Advert", "slow", "index", ()),
    ],
)
async def test_a_name_that_would_garble_the_table_is_refused(desk: Desk, want: Want) -> None:
    with pytest.raises(ConfigurationError, match="names are of letters"):
        await desk.inbox.register([want])
