"""Personal data is found by shape and checksum; what only looks like it stays."""

# ruff: noqa: E501

from __future__ import annotations

import json
import time
from base64 import urlsafe_b64encode
from ipaddress import IPv4Address, IPv6Address

import pytest
from hypothesis import assume, given
from hypothesis import strategies as st

from harmonia_plugins import InvalidInputError
from harmonia_plugins.pipeline.trust.checksums import iban_holds, iban_length, luhn_holds
from harmonia_plugins.pipeline.trust.redaction import KINDS, redact


def token(header: object) -> str:
    parts = (urlsafe_b64encode(json.dumps(part).encode()).decode().rstrip("=")
             for part in (header, {"sub": "1"}))  # fmt: skip
    return ".".join((*parts, "c2lnbmF0dXJl"))


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("Card 4111 1111 1111 1111, exp 04/27.", "Card [card], exp 04/27."),
        ("5555-5555-5555-4444", "[card]"),
        ("amex 3782 822463 10005", "amex [card]"),
        ("a 6011111111111117 b 3530111333300000", "a [card] b [card]"),
        ("2 4111 1111 1111 1111", "2 [card]"),
        ("4111\u00a01111\u00a01111\u00a01111", "[card]"),
        ("DE89 3704 0044 0532 0130 00 is my IBAN", "[iban] is my IBAN"),
        ("ES91 2100 0418 4502 0005 1332 THANKS", "[iban] THANKS"),
        ("GB29NWBK60161331926819.", "[iban]."),
        ("gb29nwbk60161331926819", "[iban]"),
        ("NO93-8601-1117-947", "[iban]"),
        ("SSN 219-45-6789", "SSN [ssn]"),
        ("my social security number is 219456789", "my social security number is [ssn]"),
        ("+49 170 1234567", "[phone]"),
        ("(+44 20 7946 0958)", "([phone])"),
        ("0049 170 1234567", "[phone]"),
        ("+1 (415) 555-2671!", "[phone]!"),
        ("(415) 555-2671 or 415-555-2671", "[phone] or [phone]"),
        ("020 7946 0958", "[phone]"),
        ("(415-555-2671)", "([phone])"),
        ("(020) 7946 0958", "[phone]"),
        ("06 12 34 56 78", "[phone]"),
        ("06.12.34.56.78", "[phone]"),
        ("call me at 555-1234", "call me at [phone]"),
        ("my number is 07700900123", "my number is [phone]"),
        ("415-555-2671, 1411111111111111", "[phone], 1411111111111111"),
        ("Mail sam.o'neil+x@mail.example.co.uk.", "Mail [email]."),
        ("<j\u00f6rg@b\u00fccher.example>", "<[email]>"),
        ("mailto:a@b.org?x=1", "mailto:[email]?x=1"),
        ("host 192.168.10.24:8080", "host [ip]:8080"),
        ("http://203.0.113.7/x", "http://[ip]/x"),
        ("2001:db8::1, fe80::1", "[ip], [ip]"),
        ("key sk-proj-abc123DEF456ghi789JKL0", "key [key]"),
        ("ghp_" + "a1B2" * 9, "[key]"),
        ("AKIAIOSFODNN7EXAMPLE", "[key]"),
        ("-----BEGIN RSA PRIVATE KEY-----\nMII\n-----END RSA PRIVATE KEY----- x", "[key] x"),
        ("-----BEGIN PRIVATE KEY-----\nMII and cut off", "[key]"),
        (f"Bearer {token({'alg': 'HS256'})}", "Bearer [jwt]"),
    ],
)
def test_personal_data_is_replaced_by_its_kind(text: str, expected: str):
    assert redact(text).text == expected


@pytest.mark.parametrize(
    "text",
    [
        "order number 1234567890123456", "order 415-555-2671", "ticket #0170 1234567",
        "tracking 1Z999AA10123456784", "invoice 2024-000123", "4111 1111 1111 1112",
        "version 10.2.33.4", "v1.2.3.4", "section 4.3.2.1", "Python 3.11.7", "1.2.3", "256.1.1.1",
        "1.2.3.4.5", "2024-05-06", "06/05/2024", "6.5.2024", "01.02.2023 10:30", "01/02/2023 11:30",
        "2024-05-06T10:11:12Z", "2024-05-06 10:11:12.123456", "2024-01-02 2024-01-03", "12:30:45",
        "$1,234.56", "1 000 000 000", "1.000.000,00 EUR", "100-200-3000", "1717171717171",
        "1717171717171717", "1717171717", "ISBN 978-0-306-40615-7", "ISBN 0-306-40615-2",
        "9780306406157", "4006381333931", "666-12-1234", "900-12-1234", "123-00-1234", "219456789",
        "DE89 3704 0044 0532 0130 01", "XX89370400440532013000", "DE8937040044053201300",
        "127.0.0.1", "0.0.0.0", "::1", "a::b", "std::vector", "de:ad:be:ef:00:11", "@sam", "a@b",
        "sam at example.org", "sk-learn-is-a-library-for-everyone", "task-force", "eyJhbGci",
        "eyJub3Q.YWxn.c2ln", "550e8400-e29b-41d4-a716-446655440000", "sha256:e3b0c44298fc1c149afbf4",
        "3.14159265358979", "1e10", "10-12 people, 5 to 7 days", "90210", "SW1A 1AA", "12-34-5678",
        "scored 21-19 21-17 15-21", "[card] [phone]", "48.8566, 2.3522", "+100 points", "C++11",
    ],
)  # fmt: skip
def test_what_only_looks_like_it_stays(text: str):
    assert redact(text).text == text
    assert redact(text).found == {}


def test_kinds_are_chosen_and_counted():
    text = "a@b.org, c@d.org, 4111111111111111"
    assert redact(text).found == {"email": 2, "card": 1}
    assert redact(text, ["card"]).text == "a@b.org, c@d.org, [card]"
    assert redact(text, ()).text == text
    for unknown in (["cards"], "card"):
        with pytest.raises(InvalidInputError, match="kinds must be some of"):
            redact(text, unknown)


digits = st.integers(0, 9).map(str)


def check_digit(payload: str) -> str:
    return next(d for d in "0123456789" if luhn_holds(payload + d))


@st.composite
def cards(draw: st.DrawFn) -> str:
    prefix, length = draw(st.sampled_from([
        ("4", 16), ("4", 19), ("51", 16), ("55", 16), ("2221", 16), ("2720", 16), ("34", 15),
        ("37", 15), ("6011", 16), ("65", 19), ("3528", 16), ("3589", 16), ("36", 14), ("300", 14),
        ("62", 16), ("62", 19), ("2200", 16), ("50", 16),
    ]))  # fmt: skip
    payload = prefix + "".join(draw(digits) for _ in range(length - len(prefix) - 1))
    number = payload + check_digit(payload)
    if length in (16, 19) and draw(st.booleans()):
        gap = draw(st.sampled_from(" -\u00a0"))
        return gap.join(number[i : i + 4] for i in range(0, length, 4))
    return number


@given(cards(), st.sampled_from(["{}", "card {}.", "({})", "a {}, b", "[{}]", "\n{}\n"]))
def test_every_valid_card_is_found(card: str, frame: str):
    assert redact(frame.format(card)).text == frame.format("[card]")


@given(st.from_regex(r"\A[2-6][0-9]{12,18}\Z"))
def test_digits_that_fail_the_checksum_are_no_card(number: str):
    assume(not luhn_holds(number))
    assert redact(number).text == number


COUNTRIES = ["DE", "GB", "FR", "NO", "ES", "NL", "PL", "MT", "CH", "SA", "BR", "LC"]


@st.composite
def ibans(draw: st.DrawFn) -> str:
    country = draw(st.sampled_from(COUNTRIES))
    length = iban_length(country) or 0
    account = draw(st.text("0123456789ABCXYZ", min_size=length - 4, max_size=length - 4))
    moved = "".join(str(int(char, 36)) for char in f"{account}{country}00")
    return f"{country}{98 - int(moved) % 97:02}{account}"


@given(ibans(), st.sampled_from(["", " "]))
def test_every_valid_iban_is_found(iban: str, gap: str):
    written = gap.join(iban[i : i + 4] for i in range(0, len(iban), 4))
    assert redact(f"to {written}, please").text == "to [iban], please"


@given(ibans(), st.integers(4, 14), digits)
def test_an_iban_with_a_wrong_character_is_none(iban: str, at: int, digit: str):
    wrong = iban[:at] + digit + iban[at + 1 :]
    assume(wrong != iban and not iban_holds(wrong))
    assert "iban" not in redact(wrong).found


@given(st.ip_addresses(v=4))
def test_addresses_of_version_4_are_found(address: IPv4Address):
    assume(not address.is_loopback and not address.is_unspecified and len(str(address)) > 7)
    assume(str(address) != "255.255.255.255")
    assert redact(f"from {address}.").text == "from [ip]."


@given(st.ip_addresses(v=6))
def test_addresses_of_version_6_are_found(address: IPv6Address):
    groups = [group for group in str(address).split(":") if group]
    assume(len(groups) > 2 and any(char.isdigit() for char in str(address)))
    assert redact(f"from {address} on").text == "from [ip] on"


@given(st.emails(domains=st.sampled_from(["example.org", "mail.example.co.uk"])))
def test_plain_addresses_of_mail_are_found(address: str):
    local = address.partition("@")[0]
    assume(all(char.isalnum() or char in "._+-" for char in local) and local[0].isalnum())
    assert redact(f"to {address}, please").text == "to [email], please"


PIECES = ["4111 1111 1111 1111", "4111111111111111", "DE89370400440532013000", "219-45-6789", "ssn",
          "+49 170 1234567", "415-555-2671", "020 7946 0958", "06.12.34.56.78", "a@b.org", "10.2.33.4",
          "2001:db8::1", "sk-abc123DEF456ghi789JKL0", "AKIAIOSFODNN7EXAMPLE", token({"alg": "none"}),
          "[card]", " ", "-", ".", ":", "/", "+", "(", ")", "@", "[", "]", "1", "12", "0", "a", "call",
          "\u00a0", "\n", "version", ",", "_", "::", "x@", "%"]  # fmt: skip


@given(st.lists(st.sampled_from(PIECES), max_size=12).map("".join) | st.text())
def test_redacting_twice_changes_nothing(text: str):
    once = redact(text)
    again = redact(once.text)
    assert again.text == once.text
    assert again.found == {}
    assert (once.text == text) is (not once.found)
    assert set(once.found) <= KINDS


@given(
    st.lists(st.sampled_from(PIECES), max_size=12).map("".join),
    st.sets(st.sampled_from(sorted(KINDS))),
)
def test_only_what_was_asked_for_is_replaced(text: str, kinds: set[str]):
    once = redact(text, kinds)
    assert set(once.found) <= kinds
    assert redact(once.text, kinds).text == once.text


@pytest.mark.parametrize(
    "piece",
    ["1", "1 ", "1-", "4111 1111 1111 1111 ", "a@", "a@b.", "0170 1234567 ", "1.", "::", "eyJ", "eyJ-",
     "sk-", "-----BEGIN PRIVATE KEY-----", "DE89 ", "+1 ", "(", "1(", "[card]", "4111111111111111-"],
)  # fmt: skip
def test_a_megabyte_takes_a_moment(piece: str):
    text = piece * (1_000_000 // len(piece))
    started = time.process_time()
    redact(text)
    assert time.process_time() - started < 15
