"""For all tests: no example has a deadline, since the machine may be busy with other things."""

from hypothesis import settings

settings.register_profile("patient", parent=settings.default, deadline=None)
settings.load_profile("patient")
