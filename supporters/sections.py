"""What stands on the page of a young person whom an adult helps: each room adds its own part.

A part says what a learner must have let the adult do. What they did not let is never asked for, and
so can stand on no page by mistake.
"""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any

from sqlalchemy.orm import Session

from supporters.models import PageKind, SupporterLink, SupportScope
from supporters.queries import allows, guards_a_child, is_guardian

#: Given a link that holds, returns what the template needs; nothing where there is nothing to show.
Shown = Callable[[Session, SupporterLink, datetime], Mapping[str, Any] | None]


@dataclass(frozen=True)
class Section:
    """One part of the page, and whom it is for: those with a scope, or guardians."""

    name: str
    template: str
    shown: Shown
    #: What the learner is told that the adult looked at.
    page: PageKind
    #: Empty where it is for guardians, whatever the learner ticked.
    needs: SupportScope | None
    #: Only for guardians of children under 13.
    is_of_children: bool = False
    #: Small numbers stand first.
    order: int = 50

    def is_for(self, link: SupporterLink) -> bool:
        """Say whether the learner lets the adult of a link see this."""
        if self.needs is not None:
            return allows(link, self.needs)
        return guards_a_child(link) if self.is_of_children else is_guardian(link)


_sections: dict[str, Section] = {}


def register(section: Section) -> None:
    """Add a part to the page. One of the same name is replaced."""
    _sections[section.name] = section


def sections_for(
    db: Session, link: SupporterLink, now: datetime
) -> Iterator[tuple[Section, Mapping[str, Any]]]:
    """Yield the parts that the adult of a link may see and that show something, in order."""
    for section in sorted(_sections.values(), key=lambda each: (each.order, each.name)):
        if section.is_for(link):
            shown = section.shown(db, link, now)
            if shown is not None:
                yield section, shown
