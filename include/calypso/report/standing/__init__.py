"""The standing is what one administration reads of its own reports, in its own folder and language, and nobody else."""
