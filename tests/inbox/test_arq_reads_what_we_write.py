"""The job that the scripts write is the one that arq itself would have written, without its expiry."""

from __future__ import annotations

import arq
from arq.connections import ArqRedis
from inbox_desk import LEASE_MS, Desk

from marketplacer_callback.inbox import arq_format


async def test_a_batchs_job_is_what_enqueue_job_writes(desk: Desk) -> None:
    await desk.accept()
    (gen,) = await desk.gens()
    redis, queue = desk.inbox.redis, desk.inbox.keys.queue("slow")
    ours = await redis.get(arq_format.job_key(gen))
    pool = ArqRedis(
        redis.connection_pool,
        job_serializer=arq_format.serialize,
        job_deserializer=arq_format.deserialize,
        default_queue_name="theirs",
    )
    other = "f" * arq_format.GEN_LENGTH
    await pool.enqueue_job(arq_format.RUN, other, _job_id=other)
    theirs = await redis.get(arq_format.job_key(other))
    assert ours is not None
    assert theirs is not None
    assert arq_format.deserialize(ours) | {"a": [other], "et": 0} == arq_format.deserialize(theirs) | {"et": 0}
    assert arq_format.deserialize(ours)["a"] == [gen]
    assert len(gen) == arq_format.GEN_LENGTH
    assert await redis.zscore(queue, gen) == desk.clock.now_ms
    assert await redis.zscore("theirs", other) is not None
    assert await redis.pttl(arq_format.job_key(gen)) == -1


async def test_a_batch_is_run_by_a_plain_arq_worker(desk: Desk) -> None:
    ran = []

    async def run(ctx: dict[str, object], gen: str) -> None:
        ran.append(gen)

    desk.clock.now_ms = 1_000  # long due by the worker's own clock
    await desk.accept()
    gens = await desk.gens()
    pool = ArqRedis(desk.inbox.redis.connection_pool)
    worker = arq.Worker(
        [arq.func(run, name=arq_format.RUN, keep_result=0)],  # type: ignore[arg-type]
        queue_name=desk.inbox.keys.queue("slow"),
        redis_pool=pool,
        burst=True,
        handle_signals=False,
        keep_result=0,
        poll_delay=0,
        job_serializer=arq_format.serialize,
        job_deserializer=arq_format.deserialize,
    )
    await worker.main()
    assert ran == gens
    assert not await desk.inbox.redis.exists(arq_format.job_key(gens[0]))


async def test_the_in_progress_key_is_arqs(desk: Desk) -> None:
    await desk.accept()
    gens = await desk.gens()
    await desk.inbox.start("slow", 1, gens, LEASE_MS)
    left = await desk.inbox.redis.pttl(arq_format.in_progress_key(gens[0]))
    assert LEASE_MS - 2_000 < left <= LEASE_MS
