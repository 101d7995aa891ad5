"""Icons: those that `badges/icons.txt` names, from Lucide, as SVG files that art can be made of."""

import json
import re
import shutil
from pathlib import Path

SVG = (
    '<svg xmlns="http://www.w3.org/2000/svg" width="24" height="24" viewBox="0 0 24 24" '
    'fill="none" stroke="currentColor" stroke-width="2" stroke-linecap="round" '
    'stroke-linejoin="round">{body}</svg>\n'
)
#: Said once, on the whole picture, so that badge art can choose its own.
SAID_ABOVE = re.compile(
    r' (fill="none"|stroke="currentColor"|stroke-linecap="round"|stroke-linejoin="round"'
    r'|stroke-width="2")'
)


def write(source: Path, room: Path) -> None:
    """Write the icons named in the room's `icons.txt` into its folder `icons/`.

    The Iconify edition of Lucide is one file of 0.6 MB; Lucide's own is six thousand files.

    :raises SystemExit: a name that Lucide does not have.
    """
    lucide = json.loads(source.read_text())
    folder = room / "icons"
    shutil.rmtree(folder, ignore_errors=True)
    folder.mkdir()
    for name in (room / "icons.txt").read_text().split():
        body = _body(lucide, name)
        (folder / f"{name}.svg").write_text(SVG.format(body=body))


def _body(lucide: dict, name: str) -> str:
    known = lucide["aliases"].get(name, {}).get("parent", name)
    if known not in lucide["icons"]:
        raise SystemExit(f"icons.txt names an icon that Lucide does not have: {name}")
    body = SAID_ABOVE.sub("", lucide["icons"][known]["body"])
    return body.removeprefix("<g>").removesuffix("</g>")
