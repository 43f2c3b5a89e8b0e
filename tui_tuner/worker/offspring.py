"""What a process imports first that `multiprocessing` has started from a worker: it shall find the user's files there.

A fork has all that its worker has. By `spawn` and `forkserver`, the methods on macOS and of later Pythons, a process
begins afresh and imports what it is handed by name.
"""

import sys

from tui_tuner.configs.user_modules import UserModules

sys.meta_path.append(UserModules())
