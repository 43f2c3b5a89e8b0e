"""The search: events, commands, `search.db`, the loop that runs it and the view that shows it."""
