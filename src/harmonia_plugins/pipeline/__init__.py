"""From what a caller gives to what is stored."""
