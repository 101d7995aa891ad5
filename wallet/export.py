"""All badges of a learner in one file, to carry anywhere: a zip with a list of what is in it."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from tempfile import SpooledTemporaryFile
from typing import IO, Any
from zipfile import ZIP_DEFLATED, ZipFile, ZipInfo

from flask_babel import gettext as _

from badges.models import AchievementCredential
from wallet.models import ImportedCredential

#: What is larger than this waits on the disk, not in memory.
_IN_MEMORY_BYTES = 4 * 1024 * 1024


@dataclass(frozen=True)
class OwnBadge:
    """A badge that was given here, with its files by their kind; none if it was taken back."""

    badge: AchievementCredential
    files: Mapping[str, bytes]

    @property
    def names(self) -> dict[str, bytes]:
        """Return its files by the names they get. No name is anybody's words."""
        stem = f"given-here/{self.badge.achievement.slug}"
        return {f"{stem}.{kind}": content for kind, content in self.files.items()}


def export(
    own: Sequence[OwnBadge], imported: Sequence[ImportedCredential], *, now: datetime
) -> IO[bytes]:
    """Return a zip of all badges, open at its beginning."""
    packed = SpooledTemporaryFile(_IN_MEMORY_BYTES)  # noqa: SIM115 - whoever sends it closes it
    with ZipFile(packed, "w", ZIP_DEFLATED) as file:
        for name, content in _entries(own, imported, now):
            entry = ZipInfo(name, now.timetuple()[:6])
            entry.compress_type = ZIP_DEFLATED
            file.writestr(entry, content)
    packed.seek(0)
    return packed


def _entries(
    own: Sequence[OwnBadge], imported: Sequence[ImportedCredential], now: datetime
) -> Iterator[tuple[str, bytes]]:
    yield "README.txt", _readme().encode()
    yield (
        "index.json",
        json.dumps(_index(own, imported, now), ensure_ascii=False, indent=2).encode(),
    )
    for each in own:
        yield from each.names.items()
    for badge in imported:
        yield _name_of(badge), badge.original


def _readme() -> str:
    return "\n\n".join(
        (
            _("These are your badges."),
            _(
                "In the folder given-here is each badge that you were given on Tirnod, three times: "
                "as a picture with the badge inside (PNG), as a file (JSON), and as signed text (JWT)."
            ),
            _(
                "In the folder from-elsewhere are the badges that you brought to Tirnod, as they came."
            ),
            _(
                "The file index.json lists them. It also names those that were taken back: "
                "they are not here."
            ),
            _("The badges that you were given here do not say who you are."),
            "",
        )
    )


def _index(
    own: Sequence[OwnBadge], imported: Sequence[ImportedCredential], now: datetime
) -> dict[str, Any]:
    return {
        "made_at": now.isoformat(),
        "given_here": [_told(each) for each in own if each.badge.revoked_at is None],
        "from_elsewhere": [_told_of_imported(badge) for badge in imported],
        "taken_back": [
            {
                "name": each.badge.achievement.name,
                "issuer": each.badge.issuer.name,
                "taken_back_at": each.badge.revoked_at.isoformat(),
            }
            for each in own
            if each.badge.revoked_at is not None
        ],
    }


def _told(each: OwnBadge) -> dict[str, Any]:
    return {
        "name": each.badge.achievement.name,
        "issuer": each.badge.issuer.name,
        "awarded_at": each.badge.awarded_at.isoformat(),
        "files": list(each.names),
    }


def _told_of_imported(badge: ImportedCredential) -> dict[str, Any]:
    return {
        "name": badge.name,
        "issuer": badge.issuer_domain,
        "came_by": badge.came_by.value,
        "brought_at": badge.imported_at.isoformat(),
        "found": badge.outcome.value,
        "checked_at": badge.checked_at.isoformat(),
        "files": [_name_of(badge)],
    }


def _name_of(badge: ImportedCredential) -> str:
    return f"from-elsewhere/{badge.uuid}.{badge.kind.value}"
