"""Words beside an expression that tell whether it is one."""

from __future__ import annotations

import re

FOLLOWS = re.compile(
    r"\s*(?:$|[.,;:!?)\n]|(?:with|at|in|i|we|he|she|they|it|and|but|or|so|to|from|for|is|was|will|"
    r"are|were|if|because|when|as|the|my|our|his|her|then|please|around|about|by|until|there|"
    r"that|this|would|should|could|can|did|has|had|have|instead|too|also|works|"
    r"again|already|after|before|since|while|without|on|of|a|an|you)(?!\w))"
)
"""What may follow a number or a holiday that stands for a time: no noun of its own."""

VAGUE = frozenset(("or", "than", "over", "least", "almost", "nearly", "under", "to", "max"))
"""Words before a number that make it a bound instead."""
