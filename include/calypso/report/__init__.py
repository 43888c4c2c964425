"""Reports are what people look at: each is a page and a PDF in four languages, in one visual language.

Each has a room of its own (daily: the situation of a day). What they share lies here: how a language words it, how a
picture is drawn, how a page and a paper look.
"""
