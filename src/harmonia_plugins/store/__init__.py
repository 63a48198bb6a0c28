"""Rows on disk and in memory: the truth in LanceDB, an index in Tantivy, and who may write."""
