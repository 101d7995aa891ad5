"""What people call the values of our enumerations, in their own language."""

from collections.abc import Mapping
from enum import StrEnum

from flask import Flask
from flask_babel import LazyString

# Two enumerations may share a value, and then compare equal: the class is part of the key.
_labels: dict[tuple[type[StrEnum], str], LazyString] = {}


def init_app(app: Flask) -> None:
    app.add_template_filter(label)


def name_all(labels: Mapping[StrEnum, LazyString]) -> None:
    """Give each value its name. Each room does so once, for its own enumerations."""
    _labels.update({(type(value), value.value): words for value, words in labels.items()})


def label(value: StrEnum) -> str:
    """Return what people call `value`, in the language of the page."""
    return str(_labels[type(value), value.value])
