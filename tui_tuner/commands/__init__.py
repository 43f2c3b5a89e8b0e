"""The commands that draw, other than those that run a search. Textual is imported only when they are called."""
