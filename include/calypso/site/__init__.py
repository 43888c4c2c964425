"""The site is what all who may read the reports may read, as a folder of files that any web server serves.

Reports, the reference in four languages, the warehouse's documentation and the guides, with a home page that leads to
them. Nothing of an administration alone ever lies in it.
"""
