"""What must be in place where young people are: checks, papers, supervision. See `rules.toml`."""

from pathlib import Path

from geo.rulebook import RuleBook

BOOK = RuleBook(Path(__file__).parent / "rules.toml")
