"""The text-reach matrix: who writes each text, who reads it, and what stands between.

Every column that can hold words, and every box of a form that takes them, is found in the code
itself; what is said of each is in `text_reach.toml`. What is found and not said, or said and not
found, is a gap; what an adult could write to one child unseen is an open path. Tests let neither be.
"""

import tomllib
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from pathlib import Path

from marshmallow import fields
from sqlalchemy import ARRAY, JSON, Enum, LargeBinary, MetaData, String
from sqlalchemy.types import TypeEngine

from app.forms import FormSchema

DECLARED = Path(__file__).with_name("text_reach.toml")

#: Who writes that is no adult a child has to fear: our own sentences, and official files.
_HARMLESS = {"learner", "code", "operator"}
_WRITERS = _HARMLESS | {"member", "officer", "adult", "anyone"}
_READERS = {"nobody", "writer", "adults", "everyone", "child"}
_KEPT = {
    *("officers_first", "officers_read", "second_adult", "screened", "asked_for"),
    *("templated", "reportable", "fetched"),
}
#: One of these means that no adult writes to one child alone.
_SEEN_BY_ANOTHER = {"officers_first", "officers_read", "second_adult", "asked_for"}


@dataclass(frozen=True)
class Reach:
    """What is said of one column."""

    column: str
    by: frozenset[str]
    to: str
    kept: frozenset[str]
    where: tuple[str, ...]

    @property
    def is_open(self) -> bool:
        """Return whether an adult can reach a child here with nobody in between."""
        if self.by <= _HARMLESS or self.to in {"nobody", "writer", "adults"}:
            return False
        if "reportable" not in self.kept:
            return True
        if self.to == "everyone":
            return not self.kept & {"screened", "officers_first", "fetched"}
        return "screened" not in self.kept or not self.kept & _SEEN_BY_ANOTHER


@dataclass(frozen=True)
class Matrix:
    """All that is said: of columns, of codes that nobody words, and of boxes."""

    reaches: Mapping[str, Reach]
    codes: frozenset[str]
    boxes: Mapping[str, str]

    def said(self) -> set[str]:
        return {*self.reaches, *self.codes}


def read_matrix(text: str | None = None) -> Matrix:
    """Return what is declared: in `text`, or else in the file beside this one.

    :raises ValueError: a word in it is none of those that its head explains.
    """
    given = tomllib.loads(DECLARED.read_text() if text is None else text)
    reaches = {name: _reach(name, said) for name, said in given.get("columns", {}).items()}
    return Matrix(reaches, frozenset(given.get("codes", [])), given.get("boxes", {}))


def columns_of(metadata: MetaData) -> set[str]:
    """Return every column that can hold words, as `table.column`."""
    return {
        f"{table.name}.{column.name}"
        for table in metadata.tables.values()
        for column in table.columns
        if _holds_words(column.type)
    }


def boxes_of(schemas: Iterable[type[FormSchema]]) -> set[str]:
    """Return every box that takes words, as `module.Form.box`, by the form that first has it."""
    return {
        f"{_first_with(schema, name).__module__}.{_first_with(schema, name).__name__}.{name}"
        for schema in schemas
        for name, box in schema._declared_fields.items()
        if isinstance(box, fields.String) and not isinstance(box, fields.UUID)
    }


def forms() -> Iterator[type[FormSchema]]:
    """Yield every form that is loaded."""
    waiting: list[type[FormSchema]] = [FormSchema]
    while waiting:
        form = waiting.pop()
        waiting.extend(form.__subclasses__())
        yield form


def gaps(matrix: Matrix, columns: set[str], boxes: set[str]) -> list[str]:
    """Return what is found and not said, and what is said and not found, in sentences."""
    missing = [f"{each} is not in text_reach.toml" for each in columns - matrix.said()]
    missing += [f"the box {each} is not in text_reach.toml" for each in boxes - {*matrix.boxes}]
    gone = [f"{each} is in text_reach.toml and nowhere else" for each in matrix.said() - columns]
    gone += [f"the box {each} is there no more" for each in {*matrix.boxes} - boxes]
    leads = {
        f"the box {box} ends in {to}, which is not said"
        for box, ends in matrix.boxes.items()
        for to in _names(ends)
        if to not in matrix.said()
    }
    return sorted([*missing, *gone, *leads])


def open_paths(matrix: Matrix) -> list[str]:
    """Return each column by which an adult could reach a child with nobody in between."""
    return sorted(each.column for each in matrix.reaches.values() if each.is_open)


def as_page(matrix: Matrix) -> str:
    """Return the matrix as a page of `docs/`."""
    return "\n".join((*_head(matrix), *_rows(matrix), *_box_rows(matrix), *_tail(matrix), ""))


def _reach(column: str, said: Mapping[str, str]) -> Reach:
    by, kept = _names(said["by"]), _names(said.get("kept", ""))
    reach = Reach(column, frozenset(by), said["to"], frozenset(kept), _names(said.get("where", "")))
    strange = (reach.by - _WRITERS) | ({reach.to} - _READERS) | (reach.kept - _KEPT)
    if strange or not reach.by:
        raise ValueError(f"{column}: {', '.join(sorted(strange)) or 'nobody'} is not explained.")
    return reach


def _names(listed: str) -> tuple[str, ...]:
    return tuple(each.strip() for each in listed.split(",") if each.strip())


def _holds_words(kind: TypeEngine) -> bool:
    if isinstance(kind, Enum):
        return False
    return isinstance(kind, String | LargeBinary | JSON | ARRAY)


def _first_with(schema: type[FormSchema], name: str) -> type:
    """Return the form furthest up that has the box: what inherits it takes the same words."""
    have = [each for each in schema.__mro__ if name in getattr(each, "_declared_fields", {})]
    return have[-1]


def _head(matrix: Matrix) -> Iterator[str]:
    yield "# Who writes what, who reads it, and what stands between"
    yield ""
    yield "Made from the code by `flask concerns text-reach`; a test compares. Every column that can"
    yield "hold words is here, and every box of a form that takes them."
    yield ""
    paths = open_paths(matrix)
    yield f"Unsupervised paths from an adult to one child: **{len(paths)}**" + (
        f" ({', '.join(paths)})." if paths else "."
    )
    yield ""
    yield "A page has a link to report a concern in its footer: that is *reportable*. *Screened*: ways"
    yield "to be reached, links and words of secrecy are refused or held for an officer. *Officers"
    yield "first*: they see it before anybody; *officers read*: they can read all of it. *Second"
    yield "adult*: others of the team see it too. *Asked for*: the child gave that adult the address"
    yield "that takes it. *Fetched*: the address of a list that we read ourselves. *Templated*: the"
    yield "words are ours."
    yield ""


def _rows(matrix: Matrix) -> Iterator[str]:
    yield "| text | who writes | who reads | what stands between | where |"
    yield "|---|---|---|---|---|"
    for name in sorted(matrix.reaches):
        reach = matrix.reaches[name]
        yield (
            f"| `{name}` | {_said(reach.by)} | {reach.to} | {_said(reach.kept)} "
            f"| {', '.join(reach.where)} |"
        )
    yield ""


def _box_rows(matrix: Matrix) -> Iterator[str]:
    yield "## Boxes, and where their words end"
    yield ""
    yield "| box | ends in |"
    yield "|---|---|"
    yield from (
        f"| `{name}` | {ends or 'nothing'} |" for name, ends in sorted(matrix.boxes.items())
    )
    yield ""


def _tail(matrix: Matrix) -> Iterator[str]:
    yield "## Codes, hashes and numbers that nobody words"
    yield ""
    yield ", ".join(f"`{each}`" for each in sorted(matrix.codes)) + "."


def _said(words: Iterable[str]) -> str:
    return ", ".join(sorted(words)).replace("_", " ")
