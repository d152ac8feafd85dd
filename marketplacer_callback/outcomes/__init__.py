"""What a handler can answer.

Verdicts: ``done()``, ``skip(reason)``, ``retry(reason, after=…)``, ``dead_letter(reason)``. Publishing:
``publish(sink, data)``.
"""

from marketplacer_callback.outcomes.base import Answer, Outcome
from marketplacer_callback.outcomes.publishing import Publish, publish
from marketplacer_callback.outcomes.verdicts import (
    DeadLetter,
    Done,
    Retry,
    Skip,
    Verdict,
    dead_letter,
    done,
    retry,
    skip,
)

__all__ = [
    "Answer",
    "DeadLetter",
    "Done",
    "Outcome",
    "Publish",
    "Retry",
    "Skip",
    "Verdict",
    "dead_letter",
    "done",
    "publish",
    "retry",
    "skip",
]
