"""``trigger`` on a running sandbox: one event, or a story."""

from __future__ import annotations

from collections.abc import Sequence
from typing import Any, Final

from marketplacer_callback.cli import output
from marketplacer_callback.cli.asking_sandbox import ask
from marketplacer_callback.cli.exits import FOUND, UNREACHABLE, Failed
from marketplacer_callback.cli.given import Given

__all__ = ["tell_all", "tell_story", "trigger"]

_NEVER_SENT: Final = ("skipped", "lost", "held")


def tell_all(given: Given, events: Sequence[str]) -> None:
    """Every event of every webhook type, and every story."""
    from marketplacer_callback.sandbox.stories import STORIES
    from marketplacer_callback.typenames import WEBHOOK_TYPES

    if given.as_json:
        stories = {story.name: story.title for story in STORIES.values()}
        output.data({"events": [f"{name}.{event}" for name in WEBHOOK_TYPES for event in events], "stories": stories})
        return
    for name in WEBHOOK_TYPES:
        output.text("  ".join(f"{name}.{event}" for event in events))
    output.text()
    output.table(("STORY", ""), [(story.name, story.title) for story in STORIES.values()])


def trigger(given: Given, typename: str, id: str | None, event: str, url: str, wait_s: float) -> None:
    """Let the sandbox create, update or destroy an object, and print how its deliveries were answered."""
    done = ask(url, lambda client: client.trigger(typename, event, id, wait_s=wait_s), option="--sandbox")
    if given.as_json:
        output.data(done)
    else:
        output.text(f"{done['event_name']} {done['typename']} {done['id']}")
        _tell_deliveries(done["deliveries"])
    _judge(done["deliveries"], url)


def tell_story(given: Given, name: str, url: str, wait_s: float) -> None:
    """Let the sandbox tell a story, and print it step by step."""
    told = ask(url, lambda client: client.story(name, wait_s=wait_s), option="--sandbox")
    if given.as_json:
        output.data(told)
    else:
        output.text(told["title"])
        for number, step in enumerate(told["steps"], start=1):
            _tell_step(number, step)
    if not told["complete"]:
        last = told["steps"][-1]
        raise Failed(FOUND, f"the sandbox refused {last['root']}: {'; '.join(last['errors'])}")
    _judge([one for step in told["steps"] for one in step["deliveries"]], url)


def _tell_step(number: int, step: dict[str, Any]) -> None:
    shown = step["object"] or {}
    what = " ".join(str(shown[name]) for name in ("__typename", "id", "status") if shown.get(name) is not None)
    answer = "" if step["status"] is None else f" → {step['status']}"
    output.text()
    output.text(f"{number}. {step['does']}: {step['root']}{answer} {output.printable(what)}".rstrip())
    for error in step["errors"]:
        output.text(f"     refused: {output.printable(error)}")
    _tell_deliveries(step["deliveries"])


def _tell_deliveries(deliveries: Sequence[dict[str, Any]]) -> None:
    for one in deliveries:
        answer = one["status"] or ("not sent" if one["outcome"] in _NEVER_SENT else "no answer")
        output.text(f"     {one['event_name']} {one['typename']} {one['id']}: {answer}, {one['outcome']}")


def _judge(deliveries: Sequence[dict[str, Any]], url: str) -> None:
    if not deliveries:
        output.note(f"no webhook went out; `marketplacer-callback sandbox webhooks --url {url}` shows which there are")
        return
    left = [one for one in deliveries if not _is_fine(one)]
    if left:
        first = left[0]
        raise Failed(
            UNREACHABLE,
            f"the receiver took {len(deliveries) - len(left)} of {len(deliveries)} deliveries; "
            f"to {first['event_name']} {first['typename']} {first['id']} {_what_became_of(first, url)}",
        )


def _is_fine(delivery: dict[str, Any]) -> bool:
    """Whether the receiver has it, or the sandbox had nothing new to say."""
    status: int | None = delivery["status"]
    return delivery["outcome"] == "skipped" or (status is not None and 200 <= status < 300)


def _what_became_of(delivery: dict[str, Any], url: str) -> str:
    if delivery["outcome"] in _NEVER_SENT:
        return f"it was not sent: `marketplacer-callback sandbox webhooks --url {url}` shows what is disabled"
    return f"it answered {delivery['status']}" if delivery["status"] else "it gave no answer; does it run?"
