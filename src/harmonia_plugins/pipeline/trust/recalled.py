"""Recalled text inside a message: found and taken out, so that it is never learned again.

Frameworks feed a context block back in many shapes: inside a longer prompt, indented, quoted with
"> ", in a code fence, as a JSON or HTML string, or cut off where a window ended. In all of them the
tags survive, because the block escapes every other angle bracket.
"""

from __future__ import annotations

import re
from bisect import bisect_left
from collections.abc import Iterator

from harmonia_plugins.text.fence import NOTE, OPENING

# What wrapping, quoting and JSON put between two words.
_GAP = r"(?:\\[nrt]|[\s>|*#])"
_GAPS = re.compile(rf"{_GAP}*")
_WORD = re.compile(r"(?:(?!\\[nrt])[^\s>|*#])+")

# The block is printed with plain brackets; JSON and HTML write them otherwise. A tag is closed only
# in its own writing, and plain ones come first: stored text in a block may hold the tag in HTML's.
_TAGS = tuple(
    re.compile(rf"(?:{left})(?P<slash>/?)recalled-{_GAP}{{0,20}}memory(?:{right})")
    for left, right in (
        ("<", ">"),
        (r"\\u003[cC]", r"\\u003[eE]"),
        ("&lt;", "&gt;"),
        ("&amp;lt;", "&amp;gt;"),
    )
)
_ENTRY = re.compile(r"- \[\d{4}-\d\d-\d\d \d\d:\d\d\]")
_NOTE = NOTE.split()
_ENOUGH = 2
"""So many first words of the note say that a block follows."""

_QUOTE = re.compile(r"(?:(?<=\n)|\A)[ \t]*(?:>[ \t]?)+\Z")
_FENCE_BEFORE = re.compile(r"(?:```|~~~)[\w-]{0,20}[\s>]*\Z")
_FENCE_AFTER = re.compile(r"[\s>]{0,40}(?:```|~~~)")
_REACH = 80
"""How far before a block a quote mark or code fence around it is looked for."""

_SHORTEST = len("<recalled")
"""A piece of the opening tag at the end of a text is known as such from here on."""


def without_recalled(text: str) -> str:
    """Return a text without the blocks of recalled memories in it, whole or cut off.

    An opening tag that no block follows (someone asks what it means) stays with its text. What
    stands around a block stays as it is, but for the quote mark or code fence it was wrapped in.
    """
    if "recalled" not in text:
        return text
    for tag in _TAGS:
        text = _without_blocks(text, tag)
    return _without_partial_tag(text)


def _without_blocks(text: str, tag: re.Pattern[str]) -> str:
    kept: list[str] = []
    at = 0
    for block_start, block_end in _blocks(text, [*tag.finditer(text)]):
        start, end = _with_wrapping(text, at, block_start, block_end)
        kept.append(text[at:start])
        at = end
    return "".join((*kept, text[at:]))


def _blocks(text: str, tags: list[re.Match[str]]) -> Iterator[tuple[int, int]]:
    """Where blocks begin and end, in order, never overlapping."""
    closings = [tag for tag in tags if tag["slash"]]
    openings = [tag.start() for tag in tags if not tag["slash"]]
    done = 0
    for tag in tags:
        if tag.start() < done:
            continue
        if tag["slash"]:
            start, end = _tail(text, tag, done), tag.end()
        else:
            start, end = tag.start(), _end(text, tag, closings, openings)
        if end > start:
            yield start, end
            done = end


def _end(
    text: str, opening: re.Match[str], closings: list[re.Match[str]], openings: list[int]
) -> int:
    """Where the block of an opening tag ends; its start if it opens none."""
    place = bisect_left(closings, opening.end(), key=lambda tag: tag.start())
    closing = closings[place] if place < len(closings) else None
    if _block_follows(text, opening.end()):
        return closing.end() if closing else len(text)
    if closing is None:
        return opening.start()
    following = bisect_left(openings, opening.end())
    another = following < len(openings) and openings[following] < closing.start()
    return opening.start() if another else closing.end()


def _block_follows(text: str, at: int) -> bool:
    """Whether the note or an entry stands here, or the text ends before it could."""
    for number, expected in enumerate(_NOTE):
        at = _after_gaps(text, at)
        if at == len(text) or number == _ENOUGH:
            return True
        word = _WORD.match(text, at)
        if word is None or word[0] != expected:
            if word and word.end() == len(text) and expected.startswith(word[0]):
                return True
            return number == 0 and _ENTRY.match(text, at) is not None
        at = word.end()
    return True


def _after_gaps(text: str, at: int) -> int:
    gaps = _GAPS.match(text, at)
    return gaps.end() if gaps else at


def _tail(text: str, closing: re.Match[str], done: int) -> int:
    """Where a block begins whose opening was cut off: before the lines of it above its closing tag.

    Where they reach the text's first line, that one is the rest of an entry. A closing tag in the
    middle of a line is no such block; then its own end is returned.
    """
    start = text.rfind("\n", done, closing.start()) + 1 or done
    if start != closing.start() != _after_gaps(text, start):
        return closing.end()
    while start > done:
        above = text.rfind("\n", done, start - 1) + 1 or done
        words = _after_gaps(text, above)
        if above and not (_ENTRY.match(text, words) or text.startswith(NOTE, words)):
            break
        start = above
    return start


def _with_wrapping(text: str, at: int, start: int, end: int) -> tuple[int, int]:
    """Widen a block by the code fence or the quote mark around it."""
    before = text[max(at, start - _REACH) : start]
    opened = _FENCE_BEFORE.search(before)
    closed = _FENCE_AFTER.match(text, end)
    if opened and (closed or end == len(text)):
        return start - len(opened[0]), closed.end() if closed else end
    quoted = _QUOTE.search(before)
    return (start - len(quoted[0]) if quoted else start), end


def _without_partial_tag(text: str) -> str:
    at = text.rfind(OPENING[0])
    piece = text[at:] if at >= 0 else ""
    cut = len(piece) >= _SHORTEST and OPENING.startswith(piece)
    return text[:at] if cut else text
