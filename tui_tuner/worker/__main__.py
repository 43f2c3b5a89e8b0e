"""`python -m tui_tuner.worker <fd>`: a worker process, started by `executors.process` and by nobody else."""

from tui_tuner.worker.process_main import main

if __name__ == "__main__":
    main()
