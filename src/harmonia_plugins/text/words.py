"""English word lists, shared by analysis and query reading.

General function words only: a list made for one data set would not carry over.
"""

from __future__ import annotations

STOP_WORDS = frozenset(
    """
    a about above after again against all also am an and any are aren't as at be because been
    before being below between both but by can can't cannot could couldn't did didn't do does
    doesn't doing don't down during each either else ever few for from further get gets got
    had hadn't has hasn't have haven't having he her here hers herself him himself his how
    however i if in into is isn't it its itself just let like may me might more most must my
    myself neither no nor not of off on once only or other ought our ours ourselves out over
    own same shall she should shouldn't so some such than that the their theirs them
    themselves then there these they this those through to too under until up upon us very
    was wasn't we were weren't what whatever when where whether which while who whom whose
    why will with won't would wouldn't yet you your yours yourself yourselves
    """.split()  # noqa: SIM905  (a list of 190 quoted words reads worse)
)
"""Left out of queries, not of documents."""
