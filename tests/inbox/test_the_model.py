"""Whatever happens in whatever order, nothing is lost, nothing runs twice at a time, and everything is worked off."""

from __future__ import annotations

import os
from dataclasses import dataclass

import pytest
from hypothesis import HealthCheck, Phase, settings
from hypothesis.stateful import run_state_machine_as_test
from inbox_machine import InboxMachine
from redis.exceptions import RedisError

from marketplacer_callback.inbox.scripts import sources

EXAMPLES = int(os.environ.get("INBOX_EXAMPLES", "60"))
STEPS = int(os.environ.get("INBOX_STEPS", "70"))

QUIET = [HealthCheck.too_slow, HealthCheck.data_too_large, HealthCheck.filter_too_much]


def test_the_inbox_keeps_its_promises(valkey_in_memory: str) -> None:
    run_state_machine_as_test(
        lambda: InboxMachine(valkey_in_memory),
        settings=settings(
            max_examples=EXAMPLES, stateful_step_count=STEPS, deadline=None, suppress_health_check=QUIET, database=None
        ),
    )


EVERY = "every script"


@dataclass(frozen=True)
class Mutant:
    """A fault put into a script, which the same steps have to find."""

    script: str
    text: str
    instead: str

    def texts(self) -> dict[str, str]:
        texts = {
            name: text.replace(self.text, self.instead) if self.script in (name, EVERY) else text
            for name, text in sources().items()
        }
        changed = [name for name, text in sources().items() if text != texts[name]]
        assert changed == (list(sources()) if self.script == EVERY else [self.script]), f"not there: {self.text}"
        return texts


MUTANTS = {
    "a repeated finish is not skipped": Mutant(
        "finish",
        "if call('SREM', batch_key(gen), id) == 0 then return 'skip' end",
        "call('SREM', batch_key(gen), id)",
    ),
    "a stale token is not fenced": Mutant("finish", "if meta.owner ~= token then return {'fenced'} end", ""),
    "a claimed batch stays open": Mutant(
        "claim",
        "if call('GET', open_key(lane, typename)) == gen then call('DEL', open_key(lane, typename)) end",
        "",
    ),
    "a batch that somebody has is handed out": Mutant(
        "claim", "if owner and owner ~= token and held_for > 0 then return {'busy', held_for} end", ""
    ),
    "a lost job is not written again": Mutant("tend", "  write_job(meta.lane, gen)", ""),
    "events that came during the run are ignored": Mutant("finish", "elseif has_newer then", "elseif false then"),
    "handlers that this worker does not know are ignored": Mutant(
        "finish", "if unreported then due = earliest(due, unreported) end", ""
    ),
    "a gen is used again": Mutant(EVERY, "until call('EXISTS', meta_key(gen)) == 0", "until true"),
    "the marker comes off its event": Mutant("accept", "  remember(bucket, digest)\n  return word", "  return word"),
    "a dead letter keeps only what it is about": Mutant(
        "finish", "if event_name(field) then call('HSET', key, field, value) end", ""
    ),
    "a resolved dead letter stays": Mutant("finish", "    resolve_dead_letter(id, handler)", ""),
}


@pytest.mark.parametrize("name", MUTANTS)
def test_the_steps_find_the_fault(name: str, valkey_in_memory: str) -> None:
    texts = MUTANTS[name].texts()
    # Or the inbox itself stumbles: KeyError is a claimed mailbox that is not there.
    with pytest.raises((AssertionError, RedisError, KeyError)):
        run_state_machine_as_test(
            lambda: InboxMachine(valkey_in_memory, texts),
            settings=settings(
                max_examples=300,
                stateful_step_count=STEPS,
                deadline=None,
                derandomize=True,
                database=None,
                phases=[Phase.generate],
                report_multiple_bugs=False,
                print_blob=False,
                suppress_health_check=QUIET,
            ),
        )
