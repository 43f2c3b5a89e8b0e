"""Commands of the command line that draw, or need several rooms. What they need is imported when they are called."""
