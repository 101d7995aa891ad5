"""What an officer should look at in words that young people read."""

import pytest

from listings.models import ReviewReason
from listings.screening import screen

CONTACT, WEB, SECRET = ReviewReason.CONTACT, ReviewReason.WEB, ReviewReason.SECRET


@pytest.mark.parametrize(
    ("text", "reason"),
    [
        # English
        ("Ring 07700 900123 first.", CONTACT),
        ("Ring 0 7 7 0 0 9 0 0 1 2 3 first.", CONTACT),
        ("Ring (01904) 55-00-99.", CONTACT),
        ("+44 7700-900-123", CONTACT),
        ("\uff10\uff17\uff17\uff10\uff10\uff19\uff10\uff10\uff11\uff12\uff13", CONTACT),
        ("zero seven seven zero zero nine zero zero", CONTACT),
        ("Write to Bo@Example.org", CONTACT),
        ("bo at example dot org", CONTACT),
        ("bo (at) example (dot) com", CONTACT),
        ("Find me: @bo_makes", CONTACT),
        ("Add me on Snapchat", CONTACT),
        ("My Insta is better", CONTACT),
        ("snap: bomakes", CONTACT),
        ("Just text me when you are near", CONTACT),
        ("W\u200bhatsApp me", CONTACT),
        ("See https://example.org/a", WEB),
        ("See www.example", WEB),
        ("See pots.co.uk for more", WEB),
        ("See pots dot com", WEB),
        ("t.me/pots", WEB),
        ("Keep it secret!", SECRET),
        ("It is our little secret", SECRET),
        ("Don\u2019t tell your mum", SECRET),
        ("do not ever tell anyone", SECRET),
        ("just between us", SECRET),
        ("Come alone", SECRET),
        ("without your parents", SECRET),
        ("We send you a private message", SECRET),
        ("Send me a photo", SECRET),
        # Welsh
        ("Ffoniwch ni ar ôl ysgol", CONTACT),
        ("Tecstia fi", CONTACT),
        ("Ychwanega fi ar Snapchat", CONTACT),
        ("bo ar esiampl pwynt cymru", CONTACT),
        ("dim saith saith dim dim naw dim dim", CONTACT),
        ("Gweler potiau.cymru", WEB),
        ("Cadwa hyn yn gyfrinach", SECRET),
        ("Cadw'n gyfrinachol", SECRET),
        ("Ein cyfrinach ni", SECRET),
        ("Paid â dweud wrth neb", SECRET),
        ("Peidiwch â dweud wrth eich rhieni", SECRET),
        ("rhyngom ni", SECRET),
        ("heb i dy rieni wybod", SECRET),
        ("Dere ar dy ben dy hun", SECRET),
        ("Anfona lun", SECRET),
        ("neges breifat", SECRET),
    ],
)
def test_what_should_be_looked_at_is_found(text, reason):
    assert reason in {finding.reason for finding in screen([text])}


@pytest.mark.parametrize(
    "text",
    [
        "You will make a pot on a wheel and take it home. Wear old clothes.",
        "It costs £2.50, or £10.00 for four. Bring 20 or 30 pence for a drink.",
        "From 10:00 to 12:30 on 28/11/2026, and again on 2026-12-05, 10.00-12.30.",
        "Every Thursday from 2025-2026, ages 11-16, 12 places, 24 hours in all.",
        "Find the secret garden. Learn how spies kept secrets in 1940-1945.",
        "Bring a friend, or come on the bus. Ask at the desk. Meet at the clock, at the library.",
        "You learn to call the ball and to text like a journalist.",
        "Postcode YO1 7HH. Rooms 101, 102 and 103 on floor 2.",
        "We tell your parents when you arrive. Do not worry: new people are welcome.",
        "Build a signal tower. Take a photo of a bird and print it.",
        "Byddi di'n gwneud pot ac yn mynd ag ef adref. Dim angen profiad.",
        "Dewch i weld yr ardd gudd. Mae'n rhad ac am ddim, rhwng 10:00 a 12:00.",
        "Un, dau, tri: dawnsio gwerin i bawb. Byddwn ni'n ffilmio ar y stryd.",
        "",
    ],
)
def test_what_people_say_of_a_club_is_left_alone(text):
    assert screen([text]) == []


def test_each_thing_is_told_once_with_its_words():
    found = screen(["Ring 07700 900123", "or ring 07700 900123", "see pots.org"])

    assert [(each.reason, each.words) for each in found] == [
        (CONTACT, "07700 900123"),
        (WEB, "pots.org"),
    ]


def test_a_long_text_is_read_in_no_time():
    for text in ("1 " * 5000, "a." * 5000, "@" * 10000, "one " * 3000, "a at " * 3000, "-" * 10000):
        screen([text])
