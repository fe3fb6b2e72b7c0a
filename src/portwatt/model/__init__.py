"""The nouns, as frozen values: what a hub is made of and what happens at it. One noun, one file."""
