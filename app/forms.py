"""Forms: load a schema from what was sent; on refusal keep what was typed and say where it is wrong."""

from dataclasses import dataclass, field
from typing import Any
from unicodedata import category

from flask import request
from marshmallow import EXCLUDE, Schema, ValidationError, pre_load
from werkzeug.datastructures import MultiDict

#: Signs that leave nothing on a page: what holds nothing else is empty.
_UNSEEN = frozenset({"Cc", "Cf", "Zl", "Zp", "Zs"})


class FormSchema(Schema):
    """A schema for an HTML form: strips spaces, takes an empty box as not given, ignores the CSRF token."""

    class Meta:
        unknown = EXCLUDE

    @pre_load
    def tidy(self, data: Any, **_: Any) -> dict[str, Any]:
        """Return the form as plain values; a field that the schema declares as a list stays a list."""
        return {
            name: values if _takes_many(self, name) else values[0]
            for name, values in _given(data).items()
            if _takes_many(self, name) or values[0] != ""
        }


@dataclass
class Form:
    """A form as it stands: what was typed, what it means, and what is wrong with it.

    `typed` is for showing again; `data` is empty until the form is sound; `errors` maps a field to
    its first message.
    """

    typed: dict[str, Any] = field(default_factory=dict)
    data: dict[str, Any] = field(default_factory=dict)
    errors: dict[str, str] = field(default_factory=dict)

    @property
    def is_sound(self) -> bool:
        return bool(self.data) and not self.errors

    def value(self, name: str, default: Any = "") -> Any:
        """Return what stands in the box `name`."""
        return self.typed.get(name, default)

    def error(self, name: str) -> dict[str, str] | None:
        """Return the message beside the box, as the GOV.UK macros take it."""
        return {"text": self.errors[name]} if name in self.errors else None

    def error_list(self) -> list[dict[str, str]]:
        """Return the messages above the form, each linked to its box."""
        return [{"text": text, "href": f"#{name}"} for name, text in self.errors.items()]

    def refuse(self, name: str, message: str) -> None:
        """Say that box `name` is wrong for a reason that only a rule could know."""
        self.errors[name] = message


def load_form(schema: Schema) -> Form:
    """Return what was posted, read by `schema`; never raises for what a person typed."""
    return read_form(schema, request.form)


def read_form(schema: Schema, sent: MultiDict[str, str]) -> Form:
    """Return what was typed at some time, read by `schema`; never raises for what a person typed."""
    typed = _given(sent)
    shown = {name: values if len(values) > 1 else values[0] for name, values in typed.items()}
    try:
        return Form(typed=shown, data=schema.load(sent))
    except ValidationError as error:
        return Form(typed=shown, errors=_first_messages(error.normalized_messages()))


def _given(data: Any) -> dict[str, list[str]]:
    lists = data.lists() if hasattr(data, "lists") else ((k, [v]) for k, v in data.items())
    return {name: [_stripped(value) for value in values] for name, values in lists}


def _stripped(value: Any) -> Any:
    # PostgreSQL takes no NUL in a text, and nobody types one.
    if not isinstance(value, str):
        return value
    typed = value.replace("\0", "").strip()
    return typed if any(category(letter) not in _UNSEEN for letter in typed) else ""


def _takes_many(schema: Schema, name: str) -> bool:
    from marshmallow import fields

    return isinstance(schema.fields.get(name), fields.List)


def _first_messages(messages: dict[str, Any]) -> dict[str, str]:
    return {name: _first(problems) for name, problems in messages.items()}


def _first(problems: Any) -> str:
    if isinstance(problems, dict):
        return _first(next(iter(problems.values())))
    return str(problems[0]) if isinstance(problems, list) else str(problems)
