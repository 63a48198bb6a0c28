"""A demonstration of the engine for the terminal.

`story` is a small invented history, `show` stores it in a process that is killed and asks a new
one, which then learns, changes its mind and takes that back in `lessons`; `own` stores and asks a
user's conversation, which `reading` reads from a file.
"""
