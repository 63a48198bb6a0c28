"""From text to terms: what the lexical indexes, and the reading of queries, agree on."""
