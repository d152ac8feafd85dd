"""An emulated Marketplacer for tests, demos and first steps: GraphQL on a real port, made-up data, signed webhooks, a
journal.

What it emulates is documented behaviour of the platform; what is undocumented is a choice named where it is made. A
root field that is not emulated answers so; no answer is made up for it.
"""

from marketplacer_callback.sandbox.choices import Choices
from marketplacer_callback.sandbox.client import SandboxClient, SandboxRefused
from marketplacer_callback.sandbox.data.store import Store
from marketplacer_callback.sandbox.faults.fault import Fault
from marketplacer_callback.sandbox.faults.plan import Plan
from marketplacer_callback.sandbox.journal import Attempt, Call, Journal
from marketplacer_callback.sandbox.keys import ApiKey
from marketplacer_callback.sandbox.limits import RateLimits
from marketplacer_callback.sandbox.run import run_sandbox
from marketplacer_callback.sandbox.sandbox import Sandbox
from marketplacer_callback.sandbox.webhooks.burst import BurstReport
from marketplacer_callback.sandbox.webhooks.disturbed import Disturbance
from marketplacer_callback.sandbox.webhooks.model import Sent
from marketplacer_callback.sandbox.webhooks.retries import Retries

__all__ = [
    "ApiKey",
    "Attempt",
    "BurstReport",
    "Call",
    "Choices",
    "Disturbance",
    "Fault",
    "Journal",
    "Plan",
    "RateLimits",
    "Retries",
    "Sandbox",
    "SandboxClient",
    "SandboxRefused",
    "Sent",
    "Store",
    "run_sandbox",
]
