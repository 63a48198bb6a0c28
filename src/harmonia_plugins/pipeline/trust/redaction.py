"""Personal data taken out of a text before it is stored, where an application asks for it.

What has a checksum is checked, and what has none must be written as only such things are, so that
order numbers, versions, dates, prices and ISBNs stay. Each kind is looked for in turn, in a time
linear in the text. What stands right beside a replacement is never looked at anew: brackets bound a
number as digits do, hence redacting twice changes nothing.
"""

from __future__ import annotations

import json
import re
from base64 import urlsafe_b64decode
from binascii import Error as Base64Error
from collections.abc import Callable, Collection, Mapping
from dataclasses import dataclass, field

from harmonia_plugins.errors import InvalidInputError
from harmonia_plugins.pipeline.trust.checksums import (
    iban_holds,
    iban_length,
    is_card,
    is_personal_ipv4,
    is_personal_ipv6,
    is_ssn,
)
from harmonia_plugins.pipeline.trust.phones import phone_spans


@dataclass(frozen=True, slots=True)
class Redacted:
    """A text with personal data replaced by its kind in brackets, and how many of each it held."""

    text: str
    found: Mapping[str, int] = field(default_factory=dict[str, int])


Spans = list[tuple[int, int]]

_SPACE = r" \u00a0\u2009\u202f"
_DASH = r"\u2010\u2011-"
_BEFORE = r"(?<![\w\]])(?<![\w\]][-.:+])"
_AFTER = r"(?![\w\[])(?![-.:+][\w\[])"

_PRIVATE_KEY = re.compile(
    r"-----BEGIN ([A-Z ]{0,20})PRIVATE KEY-----[\s\S]*?(?:-----END [A-Z ]{0,20}PRIVATE KEY-----|\Z)"
)
_KEY = re.compile(
    r"(?<![A-Za-z0-9\]])(?:"
    r"sk-[A-Za-z0-9_-]{20,}|[srp]k_(?:live|test)_[A-Za-z0-9]{16,}|whsec_[A-Za-z0-9+/=]{20,}"
    r"|gh[pousr]_[A-Za-z0-9]{30,}|github_pat_[A-Za-z0-9_]{22,}|glpat-[A-Za-z0-9_-]{20,}"
    r"|xox[abeoprs]-[A-Za-z0-9-]{10,}|xapp-[A-Za-z0-9-]{20,}"
    r"|(?:AKIA|ASIA|ABIA|ACCA)[A-Z2-7]{16}(?![A-Za-z0-9])"
    r"|AIza[A-Za-z0-9_-]{35,}|ya29\.[A-Za-z0-9_-]{20,}|GOCSPX-[A-Za-z0-9_-]{20,}"
    r"|hf_[A-Za-z0-9]{30,}|npm_[A-Za-z0-9]{36,}|pypi-AgE[A-Za-z0-9_-]{50,}"
    r"|SG\.[A-Za-z0-9_-]{16,32}\.[A-Za-z0-9_-]{32,}|key-[0-9a-f]{32}(?![A-Za-z0-9])"
    r"|do[opr]_v1_[0-9a-f]{64}|dapi[0-9a-f]{32}|shp(?:at|ca|pa|ss)_[0-9a-fA-F]{32}"
    r"|gsk_[A-Za-z0-9]{40,}|r8_[A-Za-z0-9]{30,}|pplx-[A-Za-z0-9]{40,}|xai-[A-Za-z0-9]{40,}"
    r"|tvly-[A-Za-z0-9-]{20,}|lsv2_(?:pt|sk)_[A-Za-z0-9_]{30,}|lin_api_[A-Za-z0-9]{30,}"
    r"|ntn_[A-Za-z0-9]{40,}|secret_[A-Za-z0-9]{40,}|hv[sb]\.[A-Za-z0-9_-]{24,}"
    r"|AGE-SECRET-KEY-1[A-Z0-9]{50,}|[0-9]{8,10}:AA[A-Za-z0-9_-]{32,}"
    r")"
)
_JWT = re.compile(r"(?<![\w\].-])(eyJ[\w-]+)\.[\w-]+\.[\w-]*(?:\.[\w-]+\.[\w-]+)?")
_EMAIL = re.compile(
    r"(?<![\w.%+'\]-])[\w%+][\w.%+'-]{0,63}@"
    r"(?:[^\W_](?:[\w-]{0,61}[^\W_])?\.){1,8}[^\W\d_]{2,24}(?![\w@\[-])"
)
_IBAN = re.compile(
    rf"{_BEFORE}(?:[A-Z]{{2}}[0-9]{{2}}(?:(?P<gap>[{_SPACE}-])[A-Z0-9]{{4}})(?:(?P=gap)[A-Z0-9]{{4}}){{1,6}}"
    r"(?:(?P=gap)[A-Z0-9]{1,3})?"
    r"|[A-Z]{2}[0-9]{2}[A-Z0-9]{11,29}|[a-z]{2}[0-9]{2}[a-z0-9]{11,29})"
    r"(?![\w\[])"
)
_DIGIT_GROUPS = re.compile(rf"{_BEFORE}[0-9]{{1,32}}(?:[{_SPACE}{_DASH}][0-9]{{1,32}})*{_AFTER}")
_CARD_DIGITS = range(14, 20)
_SSN = re.compile(rf"{_BEFORE}([0-9]{{3}})([ -]?)([0-9]{{2}})\2([0-9]{{4}}){_AFTER}")
_SSN_CUE = re.compile(r"(?<!\[)\b(?:ssn|social security)\b[^0-9.!?;]{0,24}\Z", re.IGNORECASE)
_IPV4 = re.compile(
    r"(?<![\w\].:+-])(?<![\w\]]/)(?:[0-9]{1,3}\.){3}[0-9]{1,3}(?![\w\[])(?![.+-][\w\[])"
)
_VERSION_CUE = re.compile(
    r"\b(?:v|ver|version|versions|build|release|firmware|section|chapter|clause|rev|revision|update|"
    r"driver|upgraded? to|to version)[ .:]{0,3}\Z",
    re.IGNORECASE,
)
_IPV6 = re.compile(
    r"(?<![\w\]:.+-])(?:[0-9A-Fa-f]{1,4}:|:(?=:))[0-9A-Fa-f:]{1,38}(?![\w:\[])(?!\.[\w\[])"
)
_REACH = 40


def redact(text: str, kinds: Collection[str] | None = None) -> Redacted:
    """Replace personal data by its kind in brackets, such as `[card]`.

    `kinds` says which to look for, by default all: key, jwt, email, iban, card, ssn, ip, phone.

    Raises:
        InvalidInputError: a kind is unknown.
    """
    wanted = KINDS if kinds is None else _checked(kinds)
    found: dict[str, int] = {}
    for kind, (may_hold, find) in _FINDERS.items():
        if kind in wanted and may_hold(text) and (spans := find(text)):
            found[kind] = len(spans)
            text = _replaced(text, spans, f"[{kind}]")
    return Redacted(text, found)


def _checked(kinds: Collection[str]) -> frozenset[str]:
    if isinstance(kinds, str) or not KINDS.issuperset(kinds):
        raise InvalidInputError(f"kinds must be some of {sorted(KINDS)}, not {kinds!r}")
    return frozenset(kinds)


def _replaced(text: str, spans: Spans, mark: str) -> str:
    parts: list[str] = []
    at = 0
    for start, end in spans:
        parts += (text[at:start], mark)
        at = end
    return "".join((*parts, text[at:]))


_NOT_WORDS = re.compile(r"[0-9A-Z]")
_ANY_DIGIT = re.compile(r"[0-9]")


def _has_digit(text: str) -> bool:
    return _ANY_DIGIT.search(text) is not None


def _has_many_digits(text: str) -> bool:
    return len(_ANY_DIGIT.findall(text, 0, 4096)) > 3 or len(text) > 4096


def _keys(text: str) -> Spans:
    blocks = [match.span() for match in _PRIVATE_KEY.finditer(text)] if "-----" in text else []
    # Words joined by hyphens may begin as a key does; a key is random, so never all small letters.
    others = [m.span() for m in _KEY.finditer(text) if _NOT_WORDS.search(m[0])]
    if not blocks:
        return others
    outside = [span for span in others if not any(a <= span[0] < b for a, b in blocks)]
    return sorted(blocks + outside)


def _jwts(text: str) -> Spans:
    return [match.span() for match in _JWT.finditer(text) if _is_jose_header(match[1])]


def _is_jose_header(part: str) -> bool:
    try:
        header = json.loads(urlsafe_b64decode(part + "=" * (-len(part) % 4)))
    except (Base64Error, ValueError, RecursionError):
        return False
    return isinstance(header, dict) and "alg" in header


def _emails(text: str) -> Spans:
    return [match.span() for match in _EMAIL.finditer(text)]


def _ibans(text: str) -> Spans:
    spans: Spans = []
    for match in _IBAN.finditer(text):
        length = iban_length(match[0][:2])
        if length is None:
            continue
        end = _end_of(match, length)
        iban = "".join(char for char in text[match.start() : end] if char.isalnum())
        if len(iban) == length and iban_holds(iban):
            spans.append((match.start(), end))
    return spans


def _end_of(match: re.Match[str], length: int) -> int:
    """Where the IBAN ends in a match that may have taken in words of capitals after it."""
    if match["gap"] is None:
        return match.end() if len(match[0]) == length else match.start()
    end = match.start() + length + (length - 1) // 4
    beside = match.string[end : end + 1]
    return match.start() if end > match.end() or beside.isalnum() else end


_GROUP = re.compile(r"[0-9]+")


def _cards(text: str) -> Spans:
    spans: Spans = []
    for run in _DIGIT_GROUPS.finditer(text):
        if run.end() - run.start() >= _CARD_DIGITS.start:
            spans += _cards_in(text, [group.span() for group in _GROUP.finditer(text, *run.span())])
    return spans


def _cards_in(text: str, groups: Spans) -> Spans:
    """Cards among groups of digits, such as four times four: whole groups, one kind of gap."""
    spans: Spans = []
    first = 0
    while first < len(groups):
        last = _last_group(text, groups, first)
        if last is None:
            first += 1
        else:
            spans.append((groups[first][0], groups[last][1]))
            first = last + 1
    return spans


_PRINTED = frozenset({(4, 4, 4, 4), (4, 6, 5), (4, 6, 4), (4, 4, 4, 4, 3), (4, 4, 4, 2), (6, 13)})


def _last_group(text: str, groups: Spans, first: int) -> int | None:
    """The last group of the longest card that begins with a group."""
    digits = ""
    sizes: tuple[int, ...] = ()
    gaps: set[str] = set()
    last = None
    for number in range(first, min(first + 5, len(groups))):
        start, end = groups[number]
        if number > first:
            gaps.add(text[start - 1])
        digits += text[start:end]
        sizes += (end - start,)
        if len(digits) >= _CARD_DIGITS.stop or len(gaps) > 1:
            break
        whole = len(sizes) == 1 or sizes in _PRINTED
        if whole and len(digits) in _CARD_DIGITS and is_card(digits):
            last = number
    return last


def _ssns(text: str) -> Spans:
    spans: Spans = []
    for match in _SSN.finditer(text):
        area, gap, group, serial = match.groups()
        before = text[max(0, match.start() - _REACH) : match.start()]
        if is_ssn(area, group, serial) and (gap == "-" or _SSN_CUE.search(before)):
            spans.append(match.span())
    return spans


def _ips(text: str) -> Spans:
    spans: Spans = []
    for match in _IPV4.finditer(text):
        before = text[max(0, match.start() - _REACH) : match.start()]
        if is_personal_ipv4(match[0]) and not _VERSION_CUE.search(before):
            spans.append(match.span())
    if ":" in text:
        spans += [m.span() for m in _IPV6.finditer(text) if is_personal_ipv6(m[0])]
        spans.sort()
    return spans


_FINDERS: Mapping[str, tuple[Callable[[str], bool], Callable[[str], Spans]]] = {
    "key": (lambda text: True, _keys),
    "jwt": (lambda text: "eyJ" in text, _jwts),
    "email": (lambda text: "@" in text, _emails),
    "iban": (_has_digit, _ibans),
    "card": (_has_many_digits, _cards),
    "ssn": (_has_many_digits, _ssns),
    "ip": (lambda text: _has_digit(text) and ("." in text or ":" in text), _ips),
    "phone": (_has_many_digits, phone_spans),
}
KINDS = frozenset(_FINDERS)
"""What can be looked for, in the order it is."""
