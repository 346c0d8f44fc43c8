"""Run a command and print its seconds and peak memory in KiB; a script of its own, so that it is small.

What the system counts as a process's peak begins with the size of the one that started it.
"""

import os
import sys
from time import perf_counter

began = perf_counter()
child = os.posix_spawn(sys.argv[1], sys.argv[1:], os.environ, file_actions=[(os.POSIX_SPAWN_DUP2, 2, 1)])
_, status, usage = os.wait4(child, 0)
print(perf_counter() - began, usage.ru_maxrss)
sys.exit(os.waitstatus_to_exitcode(status))
