"""The daily report is what the coordination unit reads of a day, in editions that never change."""
