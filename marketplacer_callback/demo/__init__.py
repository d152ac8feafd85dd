"""The demonstration: the main road on one machine, with a verdict at its end."""

from marketplacer_callback.demo.play import Played, play
from marketplacer_callback.demo.verdict import Announced, Published, Verdict, judge

__all__ = ["Announced", "Played", "Published", "Verdict", "judge", "play"]
