"""A demonstration of the engine for the terminal.

`story` is a small invented history, `show` stores it in a process that is killed and asks a new
one; `own` does the same work on a user's conversation, which `reading` reads from a file.
"""
