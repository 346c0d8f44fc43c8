"""How fast relflow is, as ratios to what one would pick instead; `make bench` runs all of it."""
