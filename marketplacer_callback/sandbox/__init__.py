"""An emulated Marketplacer for tests, demos and first steps: GraphQL on a real port, made-up data, signed webhooks, a
journal.

What it emulates is documented behaviour of the platform; what is undocumented is a choice named where it is made. A
root field that is not emulated answers so; no answer is made up for it.
"""

from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.client import SandboxClient, SandboxRefused
from marketplacer_callback.sandbox.data.store import Store
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.journal import Attempt, Call, Journal
from marketplacer_callback.sandbox.run import run_sandbox
from marketplacer_callback.sandbox.sandbox import Sandbox
from marketplacer_callback.sandbox.webhooks.burst import BurstReport
from marketplacer_callback.sandbox.webhooks.sending import Retries, Sent

__all__ = [
    "Attempt",
    "BurstReport",
    "Call",
    "Choices",
    "Fault",
    "Journal",
    "Retries",
    "Sandbox",
    "SandboxClient",
    "SandboxRefused",
    "Sent",
    "Store",
    "run_sandbox",
]
