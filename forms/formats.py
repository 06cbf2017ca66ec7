"""The forms of text that a field may demand: e-mail, telephone, identity number, credit code, bank and social card.

form-js' own two (``validationType``) keep its meaning to the letter. The Chinese ones are a custom property
``check`` on a text field; what people type there is first brought to one shape (half-width, capitals, no spaces).
"""

from __future__ import annotations

import re
import unicodedata
from collections.abc import Callable
from datetime import date

# The Living Standard's "valid e-mail address", which browsers and form-js use.
EMAIL_LABEL = r"[a-zA-Z0-9](?:[a-zA-Z0-9-]{0,61}[a-zA-Z0-9])?"
EMAIL = re.compile(rf"[a-zA-Z0-9.!#$%&'*+/=?^_`{{|}}~-]+@{EMAIL_LABEL}(?:\.{EMAIL_LABEL})*")

# form-js' telephone number: + or 00 anywhere, a calling code that it knows (some with an area: 1264 is Anguilla), then
# what it takes for the first digits of a national number, and 4 to 20 more to the end.
CALLING_CODES = tuple(
    """
    1 7 20 27 30 31 32 33 34 36 39 40 41 43 44 45 46 47 48 49 51 52 53 54 55 56 57 58 60 61 62 63 64 65 66 76 77 81
    82 84 86 90 91 92 93 94 95 98 211 212 213 216 218 220 221 222 223 224 225 226 227 228 229 230 231 232 233 234
    235 236 237 238 239 240 241 242 243 244 245 246 248 249 250 251 252 253 254 255 256 257 258 260 261 262 263 264
    265 266 267 268 269 291 297 298 299 350 351 352 353 354 355 356 357 358 359 370 371 372 373 374 375 376 377 378
    379 380 381 382 383 385 386 387 389 420 421 423 500 501 502 503 504 505 506 507 508 509 590 591 592 593 594 595
    596 597 598 670 672 673 674 675 676 677 678 679 680 681 682 683 685 686 687 688 689 690 691 692 850 852 853 855
    856 880 886 960 961 962 963 964 965 966 967 968 970 971 972 973 974 975 976 977 992 993 994 995 996 998 1242
    1246 1264 1268 1284 1340 1345 1441 1473 1649 1664 1670 1671 1684 1721 1758 1767 1784 1787 1809 1829 1849 1868
    1869 1876 1939 4779 5999 3906698
    """.split()  # noqa: SIM905 - a table to read
)
LONG_PREFIX = r"(?:42|2[1-689]|3[578]|5[09]|6[789]|8[035789]|9[679])"
INTERNATIONAL_PHONE = re.compile(
    rf"(?:\+|00)(?:{'|'.join(CALLING_CODES)})(?:[17]|{LONG_PREFIX}\d|(?!{LONG_PREFIX})[2-689]\d)\d{{4,20}}\Z", re.ASCII
)

FIRST_BIRTH = date(1880, 1, 1)
ID_NUMBER = re.compile(r"[1-9]\d{5}(\d{4})(\d{2})(\d{2})\d{3}[\dX]", re.ASCII)
USCC_ALPHABET = "0123456789ABCDEFGHJKLMNPQRTUWXY"
USCC = re.compile(rf"[{USCC_ALPHABET}]{{2}}\d{{6}}[{USCC_ALPHABET}]{{10}}", re.ASCII)
MOBILE = re.compile(r"1[3-9]\d{9}", re.ASCII)
BANK_CARD = re.compile(r"\d{12,19}", re.ASCII)
RESIDENT = "resident_id"
DOCUMENTS = {
    "passport": re.compile(r"[A-Z0-9]{5,15}", re.ASCII),
    "hk_macao": re.compile(r"[HM]\d{8}(\d{2})?", re.ASCII),
    "taiwan": re.compile(r"\d{8}|\d{10}[A-Z]?", re.ASCII),
}
PERMIT_REGIONS = {"hk_macao": ("81", "82"), "taiwan": ("83",)}
PRINTED_CARD = re.compile(r"[0-9A-Z]\d{8}", re.ASCII)  # 社会保障卡卡号
FOREIGNER = re.compile(r"[A-Z]{3}[0-9A-Z]{15}", re.ASCII)  # 社会保障号码 of who has no identity number


def is_email(text: str) -> bool:
    return EMAIL.fullmatch(text) is not None


def is_international_phone(text: str) -> bool:
    return INTERNATIONAL_PHONE.search(text) is not None


def compact(text: str) -> str:
    """What people type into a field with a ``check``, in one shape: half-width, capitals, no spaces or hyphens."""
    return re.sub(r"[\s-]", "", unicodedata.normalize("NFKC", text)).upper()


def is_id_number(text: str, today: date) -> bool:
    """Whether ``text`` is a citizen identity number of GB 11643-1999: a birth date that can be, and the check digit.

    The region is no ground to refuse: counties were dissolved, and a person born in 1938 keeps the old code.
    """
    match = ID_NUMBER.fullmatch(text)
    if match is None:
        return False
    try:
        born_on = date(*map(int, match.groups()))
    except ValueError:
        return False
    # Weights 2**(17-i) mod 11; the check digit brings the sum to 1, X standing for ten.
    total = sum((10 if digit == "X" else int(digit)) * 2 ** (17 - place) for place, digit in enumerate(text))
    return total % 11 == 1 and FIRST_BIRTH <= born_on <= today


def is_uscc(text: str, _today: date) -> bool:
    """Whether ``text`` is a unified social credit code of GB 32100-2015 (weights 3**i mod 31)."""
    if USCC.fullmatch(text) is None:
        return False
    total: int = sum(USCC_ALPHABET.index(sign) * 3**place for place, sign in enumerate(text[:17]))
    return USCC_ALPHABET.index(text[17]) == -total % 31


def is_mobile(text: str, _today: date) -> bool:
    """Whether ``text`` is a mobile number of the mainland, without a country code."""
    return MOBILE.fullmatch(text) is not None


def is_bank_card(text: str, _today: date) -> bool:
    """Whether ``text`` is 12 to 19 digits with the Luhn check digit."""
    if BANK_CARD.fullmatch(text) is None:
        return False
    doubled = (int(digit) * (1 + place % 2) for place, digit in enumerate(reversed(text)))
    return sum(value - 9 if value > 9 else value for value in doubled) % 10 == 0


def is_social_card(text: str, today: date) -> bool:
    """Whether ``text`` is a number that stands on a social security card.

    Its own (nine signs), the holder's social security number (for citizens their identity number), or that of its bank
    account; each with its check digit where it has one.
    """
    if PRINTED_CARD.fullmatch(text) or FOREIGNER.fullmatch(text):
        return True
    return is_id_number(text, today) or is_bank_card(text, today)


def is_document(kind: str, text: str, today: date) -> bool:
    """Whether ``text`` is the number of a document of ``kind``; of a resident's where no kind is known.

    A residence permit of a resident of Hong Kong, Macao or Taiwan has a number like a citizen's, with a region of its
    own; travel permits and passports have patterns only.
    """
    if kind in ("", RESIDENT):
        return is_id_number(text, today)
    pattern = DOCUMENTS.get(kind)
    permit = text[:2] in PERMIT_REGIONS.get(kind, ()) and is_id_number(text, today)
    return permit or (pattern is not None and pattern.fullmatch(text) is not None)


# By the name in "properties": {"check": …}.
CHECKS: dict[str, Callable[[str, date], bool]] = {
    "id_number": is_id_number,
    "uscc": is_uscc,
    "phone": is_mobile,
    "bank_card": is_bank_card,
    "social_card": is_social_card,
}
IDENTITY = "identity"  # the check of a document's number, whose kind is chosen beside it: ``id_kind`` by ``id_number``
CHECK_NAMES = (*CHECKS, IDENTITY)
