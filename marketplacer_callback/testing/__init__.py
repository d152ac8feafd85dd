"""For the tests of integrations: no Redis, no HTTP.

from marketplacer_callback.testing import answer, change, sign
"""

from marketplacer_callback.delivery import sign
from marketplacer_callback.testing.answering import answer, change

__all__ = ["answer", "change", "sign"]
