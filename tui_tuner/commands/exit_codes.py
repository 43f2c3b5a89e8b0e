"""Exit codes that several commands share."""

from __future__ import annotations

EXIT_BAD_INPUT = 2
