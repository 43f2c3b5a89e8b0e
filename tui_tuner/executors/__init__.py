"""Where trials run: inline or in worker processes, behind one protocol."""
