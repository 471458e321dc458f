"""The command line. ``main.main`` is the entry point; each command is imported when it runs.

A start makes tens of thousands of objects and no garbage: the collector would look for some dozens
of times, a tenth of the start, so it waits longer here than elsewhere.
"""

import gc

gc.set_threshold(50_000, 20, 20)
