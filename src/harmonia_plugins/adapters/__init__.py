"""What carries the engine into frameworks: convert, call a public verb, convert back."""
