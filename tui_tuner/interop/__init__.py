"""Other tools' files, names and scripts."""
