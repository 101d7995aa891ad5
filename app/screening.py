"""What must not stand in words that young people read: ways to be reached elsewhere, and secrets.

Who writes to young people does so where others can see it. Here words are only found: whether they
are refused, or looked at by an officer first, is for the room to say.
"""

import re
import unicodedata
from collections.abc import Iterable
from dataclasses import dataclass
from enum import StrEnum

from flask_babel import gettext as _
from marshmallow import ValidationError


class Suspect(StrEnum):
    """What words may hold."""

    CONTACT = "contact"
    WEB = "web"
    SECRET = "secret"


#: Ends of addresses that people write without their beginning.
_ENDS = (
    "com|org|net|info|biz|uk|wales|cymru|scot|eu|io|app|dev|chat|live|link|site|online|shop|club"
    "|page|gg|tv|ly|social"
)
_APPS = (
    "whats ?app|snap ?chat|snap|insta(?:gram)?|discord|telegram|tik ?tok|face ?book|messenger"
    "|signal|kik|we ?chat|viber|skype|twitch|roblox|steam|twitter|threads|onlyfans"
)
_SECRET_EN = (
    r"(?:keep|stay|remain) (?:it |this |that |them )?(?:a )?(?:secret|quiet between)",
    r"our (?:little |own )?secret",
    r"(?:do not|don't|dont|never|no need to|needn't) (?:ever )?tell (?:any|your|mum|dad|them|school"
    r"|a soul|no)",
    r"(?:just|only|strictly) between (?:us|you and me|the two of us)",
    r"without (?:telling )?(?:your|any) (?:parents?|carers?|mum|dad|family|teachers?|guardians?)",
    r"behind (?:your|their) (?:parents|mum|dad|family|backs?)",
    r"come (?:alone|on your own|by yourself)",
    r"(?:just|only) (?:you and me|the two of us)",
    r"delete (?:this|the|these|our|your) (?:message|chat|text|photo|picture)s?",
    r"(?:private|direct|secret) (?:message|chat)s?",
    r"send (?:me |us )?(?:a |your )?(?:private |secret )?(?:photo|picture|pic|selfie|nude)s?",
)
_SECRET_CY = (
    r"(?:cadw|cadwch|cadwa)(?:'n|'r| yn| hyn yn| hyn yn| o'n)? (?:gyfrinach|gyfrinachol|dawel)",
    r"ein cyfrinach(?: ni| fach)*",
    r"(?:paid|peidiwch|peidia) (?:a|ag) (?:dweud|deud|son|gweud)",
    r"rhyng(?:om|ddo|on) (?:ni|ti a fi|ti a mi|chi a fi)",
    r"heb (?:ddweud|i) (?:wrth )?(?:d[yw]|dy|eich|unrhyw|neb)\b",
    r"(?:tyrd|dere|dewch|der) (?:ar (?:dy|eich) ben|yma ar (?:dy|eich) ben)",
    r"neges(?:euon)? (?:breifat|preifat|uniongyrchol|gyfrinachol|cyfrinachol)",
    r"(?:dilea|dileu|dilewch)(?:'r| y| eich| dy)? (?:neges|negeseuon|llun|lluniau|sgwrs)",
    r"(?:anfon|anfona|anfonwch|danfon|gyrra) (?:lun|luniau|hunlun)",
)
_CONTACT = (
    # A letter box, written out or with its at sign.
    r"[\w.+-]+ ?@ ?[\w-]+ ?\. ?[a-z]{2,}",
    r"[\w.+-]+ ?[(\[]? ?\b(?:at|ar)\b ?[)\]]? ?[\w-]+ ?[(\[]? ?\b(?:dot|dot\.|pwynt)\b ?[)\]]? ?\w{2,}",
    # A name on some network.
    r"(?<![\w@])@[a-z0-9_][a-z0-9_.]{2,}",
    rf"(?:my|our|add|follow|find|message|text|dm|on|via|fy|ein|ar|trwy|dilyn\w*|ychwaneg\w*|neges\w*)"
    rf"(?: \w+)? (?:{_APPS})\b",
    rf"\b(?:{_APPS}) ?(?:me\b|us\b|:|-|=|name|user|handle|id\b|fi\b|ni\b|enw)",
    r"\b(?:dm|pm|text|ring|phone|call|message|whatsapp) (?:me|us)\b",
    r"\b(?:ffoni\w*|tecsti\w*|testi\w*|negeseu\w*|galw\w*) (?:fi|ni)\b",
)
_WEB = (
    r"https?:|\bhttps?\b|\bwww\b",
    rf"(?<![\w@.])(?:[a-z0-9][a-z0-9-]*\.)+(?:{_ENDS})\b(?![a-z])",
    r"\b(?:t|wa|fb|m|discord)\.(?:me|gg|co)\b/?",
    rf"\b[a-z0-9-]+ (?:dot|pwynt) (?:{_ENDS}|co)\b",
)
_PATTERNS = {
    Suspect.CONTACT: re.compile("|".join(_CONTACT)),
    Suspect.WEB: re.compile("|".join(_WEB)),
    Suspect.SECRET: re.compile("|".join((*_SECRET_EN, *_SECRET_CY))),
}
#: Digits with what people put between them; how many there are decides.
_NUMBER = re.compile(r"(?<![\w£])\+?\(?\d(?:[ ().\-/]{0,3}\d){6,}")
_DAY = re.compile(r"\b\d{1,2}[/.-]\d{1,2}[/.-]\d{4}\b|\b\d{4}-\d{2}-\d{2}\b|\b\d{1,2}[:.]\d{2}\b")
_SPELT = re.compile(
    r"(?:\b(?:zero|nought|oh|one|two|three|four|five|six|seven|eight|nine|dim|sero|un|dau|tri|pedwar"
    r"|pump|chwech|saith|wyth|naw)\b[ ,.-]*){7,}"
)
#: A telephone number has no fewer; a price, an age or a year has fewer.
_FEWEST_DIGITS = 9


@dataclass(frozen=True)
class Found:
    """Something to look at, and the words that it was found by."""

    suspect: Suspect
    words: str


def find(texts: Iterable[str]) -> list[Found]:
    """Return what somebody should look at in these texts, each thing once, in order."""
    found = [finding for text in texts for finding in _in_text(_plain(text))]
    return list(dict.fromkeys(found))


def only_words(text: str) -> None:
    """Refuse a text that holds a way to be reached, a link or a secret: for a box of a form.

    For what no officer looks at before it is read.

    :raises ValidationError: it does.
    """
    if find([text]):
        raise ValidationError(_("Leave out phone numbers, web addresses and the like."))


def _in_text(text: str) -> Iterable[Found]:
    for suspect, pattern in _PATTERNS.items():
        yield from (Found(suspect, each.group().strip()) for each in pattern.finditer(text))
    # Days and times take no part in a number that is dialled.
    for number in _NUMBER.finditer(_DAY.sub(lambda day: "x" * len(day.group()), text)):
        if sum(each.isdigit() for each in number.group()) >= _FEWEST_DIGITS:
            yield Found(Suspect.CONTACT, number.group().strip())
    yield from (Found(Suspect.CONTACT, each.group().strip()) for each in _SPELT.finditer(text))


def _plain(text: str) -> str:
    """Return a text in small letters, without what only disguises it: marks, odd letters and spaces."""
    folded = (
        unicodedata.normalize("NFKD", text)
        .casefold()
        .replace("\N{RIGHT SINGLE QUOTATION MARK}", "'")
    )
    shown = "".join(each for each in folded if unicodedata.category(each) not in ("Mn", "Cf"))
    return " ".join(shown.split())
