"""What is acceptable: the rules, the suites and the verdict."""
