import pytest

from harmonia_plugins.errors import ProviderError
from harmonia_plugins.providers.language.ndjson import lines_of


def test_lines_come_whole_from_any_chunks_and_end_at_newlines_only():
    text = '{"a": "x\u2028y\x85z"}\n\n{"b": 1}'.encode()
    for size in (1, 3, 100):
        chunks = [text[i : i + size] for i in range(0, len(text), size)]
        assert [*lines_of(chunks)] == ['{"a": "x\u2028y\x85z"}', '{"b": 1}']


def test_a_line_without_an_end_is_refused():
    with pytest.raises(ProviderError, match="without an end"):
        [*lines_of([b"x" * 1_000_000] * 9)]
