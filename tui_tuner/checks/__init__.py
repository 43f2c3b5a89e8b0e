"""What would spoil a search, found before it burns hours: each check a small function."""
