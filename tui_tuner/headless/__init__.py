"""A search without an app: progress lines, JSON lines and the table of `tui-tuner status`."""
