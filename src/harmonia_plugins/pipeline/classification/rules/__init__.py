"""What speaks for each type: weights and patterns, in the language of `pattern`.

A weight of 6 is what alone should decide, 4 a plain sign, 2 a hint.
"""
