"""The report is what the coordination unit reads of a day: as one page and as a PDF, in four languages."""
