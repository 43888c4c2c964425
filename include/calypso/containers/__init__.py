"""The platform in containers: what they do once at the start, and how each of them begins."""
