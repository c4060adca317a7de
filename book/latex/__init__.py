"""LaTeX after Sphinx: the look of the book in print, and the command that runs xelatex and reads its log."""
