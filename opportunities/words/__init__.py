"""What words mean the same to someone who looks for something, in English and in Welsh."""

from opportunities.words.lexicon import alternatives, mutations, phrases, radicals, vocabulary

__all__ = ["alternatives", "mutations", "phrases", "radicals", "vocabulary"]
