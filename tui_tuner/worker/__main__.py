"""`python -m tui_tuner.worker <fd>`: a worker process, started by `executors.process` and by nobody else."""

from importlib.util import find_spec

from tui_tuner.worker.process_main import main

if __name__ == "__main__":
    # What the processes import that `multiprocessing` starts from here other than by a fork; never a `__main__`.
    __spec__ = find_spec("tui_tuner.worker.offspring")
    main()
