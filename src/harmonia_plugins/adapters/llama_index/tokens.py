"""How many tokens a message takes, whatever it is made of."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from typing import Any, cast

from llama_index.core import utils
from llama_index.core.base.llms.types import (
    AudioBlock,
    BaseContentBlock,
    BaseRecursiveContentBlock,
    CachePoint,
    ChatMessage,
    CitableBlock,
    CitationBlock,
    DocumentBlock,
    ImageBlock,
    TextBlock,
    ThinkingBlock,
    ToolCallBlock,
    VideoBlock,
)

Tokenizer = Callable[[str], list[Any]]


def default_tokenizer() -> Tokenizer:
    """Return LlamaIndex's own tokenizer, the one in its settings."""
    return cast("Tokenizer", utils.get_tokenizer())


@dataclass(frozen=True, slots=True)
class TokenCounter:
    """Counts what a model is sent: texts by a tokenizer, media by an estimate for each kind."""

    tokenizer: Tokenizer
    image: int = 256
    audio: int = 256
    video: int = 256
    document: int = 2048

    def text(self, text: str) -> int:
        """Return the tokens of a text."""
        return len(self.tokenizer(text)) if text else 0

    def content(self, content: Any) -> int:
        """Return the tokens of a text, a block, a message, or a list of them."""
        if isinstance(content, str):
            return self.text(content)
        if isinstance(content, ChatMessage):
            kwargs = content.additional_kwargs
            return self.content(content.blocks) + (self.text(str(kwargs)) if kwargs else 0)
        if isinstance(content, (list, tuple)):
            return sum(map(self.content, content))  # pyright: ignore
        return self._block(content)

    def _block(self, block: Any) -> int:
        if isinstance(block, TextBlock):
            return self.text(block.text)
        if isinstance(block, CachePoint):
            return 0
        for kind, tokens in (
            (ImageBlock, self.image),
            (AudioBlock, self.audio),
            (VideoBlock, self.video),
            (DocumentBlock, self.document),
        ):
            if isinstance(block, kind):
                return tokens
        if isinstance(block, ThinkingBlock):
            return max(block.num_tokens or 0, self.text(block.content or ""))
        if isinstance(block, ToolCallBlock):
            return self.text(f"{block.tool_name} {block.tool_kwargs}")
        if isinstance(block, (CitableBlock, CitationBlock)):
            about = self.text(f"{block.title} {block.source}")
            return about + self.content(block.nested_blocks)
        return self._unknown(block)

    def _unknown(self, block: Any) -> int:
        if isinstance(block, BaseRecursiveContentBlock):
            return self.content(block.nested_blocks)
        return self.text(str(block)) if isinstance(block, BaseContentBlock) else 0
