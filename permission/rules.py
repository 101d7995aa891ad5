"""The rules of age, school and hours at work, by nation and day. See `rules.toml`."""

from pathlib import Path

from geo.rulebook import RuleBook

BOOK = RuleBook(Path(__file__).parent / "rules.toml")
