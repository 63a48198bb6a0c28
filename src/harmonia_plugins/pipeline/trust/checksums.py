"""Checks that tell a card, an IBAN or a US social security number from other digits."""

from __future__ import annotations

from ipaddress import AddressValueError, IPv4Address, IPv6Address

_LUHN_DOUBLED = (0, 2, 4, 6, 8, 1, 3, 5, 7, 9)

# Lengths of the IBAN registry (ISO 13616), by country.
_IBAN_LENGTHS = {
    code: length
    for length, codes in {
        15: "NO", 16: "BE", 18: "DK FI FK FO GL NL SD", 19: "MK SI",
        20: "AT BA EE KZ LT LU MN XK", 21: "CH HR LI LV", 22: "BG BH CR DE GB GE IE ME RS VA",
        23: "AE GI IL IQ OM SO TL", 24: "AD CZ ES MD PK RO SA SE SK TN VG", 25: "LY PT ST",
        26: "IS TR", 27: "BI DJ FR GR IT MC MR SM", 28: "AL AZ BY CY DO GT HN HU LB NI PL SV",
        29: "BR EG PS QA UA", 30: "JO KW MU YE", 31: "MT SC", 32: "LC", 33: "RU",
    }.items()
    for code in codes.split()
}  # fmt: skip


def luhn_holds(digits: str) -> bool:
    """Whether the check digit of ISO/IEC 7812 is right."""
    odd = sum(int(digit) for digit in digits[-1::-2])
    return (odd + sum(_LUHN_DOUBLED[int(digit)] for digit in digits[-2::-2])) % 10 == 0


def is_card(digits: str) -> bool:
    """Whether digits are the number of a payment card: a network's prefix and length, and Luhn."""
    return len(digits) in _card_lengths(digits) and luhn_holds(digits)


def _card_lengths(digits: str) -> range | tuple[int, ...]:
    """Lengths that the network of a number issues; old ones that are out of use left out."""
    two, three, four = int(digits[:2]), int(digits[:3]), int(digits[:4])
    if two in (34, 37):  # American Express
        return (15,)
    if 51 <= two <= 55 or 2221 <= four <= 2720:  # Mastercard
        return (16,)
    if two in (36, 38, 39) or 300 <= three <= 305 or three == 309:  # Diners Club
        return range(14, 20)
    if digits[0] == "4":  # Visa
        return (16, 19)
    # Discover, RuPay, UnionPay, Maestro, JCB, Mir
    others = digits[0] == "6" or two in (50, 56, 57, 58, 81, 82)
    if others or 3528 <= four <= 3589 or 2200 <= four <= 2205:
        return range(16, 20)
    return ()


def iban_length(country: str) -> int | None:
    """Characters of a country's IBANs; None if it has none."""
    return _IBAN_LENGTHS.get(country.upper())


def iban_holds(iban: str) -> bool:
    """Whether the check digits of ISO 13616 are right; no spaces, the right length."""
    if not "02" <= iban[2:4] <= "98":
        return False
    moved = iban[4:] + iban[:4]
    return int("".join(str(int(char, 36)) for char in moved)) % 97 == 1


def is_ssn(area: str, group: str, serial: str) -> bool:
    """Whether these are parts of a number that the US may have issued."""
    return area not in ("000", "666") and area < "900" and group != "00" and serial != "0000"


def is_personal_ipv4(text: str) -> bool:
    """Whether this is an address of some machine: not loopback, and no number of a chapter.

    Four single digits ("1.2.3.4") are left alone, for they name versions and sections.
    """
    if len(text) == len("1.2.3.4"):
        return False
    try:
        address = IPv4Address(text)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified or text == "255.255.255.255")


def is_personal_ipv6(text: str) -> bool:
    """Whether this is an address of some machine, and not a name in C++ or Rust ("a::b")."""
    groups = [group for group in text.split(":") if group]
    if not any(char.isdigit() for char in text) or (len(groups) < 3 and len(groups[0]) < 4):
        return False
    try:
        address = IPv6Address(text)
    except AddressValueError:
        return False
    return not (address.is_loopback or address.is_unspecified)
