"""Random texts for the analyzer: scripts, joiners and traps of UAX #29 among plain words; pure."""

import unicodedata
from random import Random

_ALPHABETS = (
    "aZb09_ .:'\",;-/\\",
    "aé\u0301\u0308\u200d\u200c\u00ad\ufe0f\u034f\u2060\ufeff ",
    "אבג'\"\u05f4\u05f3\u05b0. ",
    "カタナｶﾀー々ひらがな中文漢\u3099_a ",
    "한글ㄱㅏㄴ\u1100\u1161\u11a8a1 ",
    "ไทยกขລາວ\u0e34\u0e47ខ្មែរမြန်မာa1 ",
    "١٢٣\u066b\u066c۴५६७५.,:1a ",
    "👍🏻🏿👩👨👧❤\ufe0f\u200d🇩🇪🇫#*0️⃣\u20e3🏴\U000e0067\U000e007f♀⚕✓★a ",
    "नमस्तेভাষাதமிழ்\u094d\u0bcd\u09cd ",
    "ÀΣς\u0391\u0130\u0131\u017fßǅﬁ\u212b\u2126\u212aԱЖ\u1e9e ",
    "\U0001d400\U00010400\U00020000\U0001f600\U000104b0\U00010330x ",
    "\u00b7\u2018\u2019\u2024\u2027\ufe13\ufe52\uff07\uff0e\uff1aa1\u2044\u02d7\u2010 ",
    "\x00\t\n\r\x0b\x0c\x1c\x85\u2028\u2029\u1680\u3000\u00a0a1",
)


def texts(random: Random, count: int) -> list[str]:
    """Texts of one alphabet, of several, and of any characters."""
    return [_text(random) for _ in range(count)]


def _text(random: Random) -> str:
    kind = random.random()
    if kind < 0.5:
        letters = random.choice(_ALPHABETS)
    elif kind < 0.8:
        letters = "".join(random.sample(_ALPHABETS, 3))
    else:
        letters = "".join(_any_character(random) for _ in range(20)) + "a1 _."
    if random.random() < 0.03:
        # Around the longest token, with characters of two units among it.
        return "".join(random.choice(letters[:3]) for _ in range(random.randrange(240, 600)))
    return "".join(random.choice(letters) for _ in range(random.randrange(1, 16)))


def _any_character(random: Random) -> str:
    """A character that the oldest Unicode version of the servers knows."""
    while True:
        character = chr(
            random.choice((random.randrange(0x3000), random.randrange(0xD800), random.randrange(0xE000, 0x30000)))
        )
        if unicodedata.ucd_3_2_0.category(character) not in ("Cn", "Co", "Cs"):
            return character
