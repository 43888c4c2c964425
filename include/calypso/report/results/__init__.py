"""The results are the final document of an operation: what it came to, how well it was reported, what to do better."""
