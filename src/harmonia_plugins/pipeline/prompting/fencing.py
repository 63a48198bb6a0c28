"""Users' text in a prompt, as data that cannot end its fence.

Every record is one line of JSON, so no text can begin a line of its own, and the characters that
fences, and the turns of chat templates, are made of are written as escapes. The text itself is
unchanged: reading the line as JSON gives it back.
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterable, Mapping

OPENING = "=== data begins ==="
CLOSING = "=== data ends ==="

# Angle brackets open the control tokens of nearly all chat templates (<|im_end|>, </s>,
# <start_of_turn>), [INST] those of the rest. Some characters end a line for some readers. Half of
# a surrogate pair cannot be sent at all.
_RISKY = re.compile(r"[<>\x7f\x85\u2028\u2029\ud800-\udfff]|={3,}|\[(?=/?INST)")


def fenced(records: Iterable[Mapping[str, object]]) -> str:
    """Return the records between the fence's two lines, one line each."""
    return "\n".join([OPENING, *map(_line, records), CLOSING])


def _line(record: Mapping[str, object]) -> str:
    return _RISKY.sub(_escaped, json.dumps(record, ensure_ascii=False))


def _escaped(found: re.Match[str]) -> str:
    return "".join(f"\\u{ord(char):04x}" for char in found[0])
