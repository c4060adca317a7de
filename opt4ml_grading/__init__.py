"""What grading with nbgrader needs beyond the stock tool.

``secrets`` knows which lines of a notebook no student may read; ``feedback`` keeps them out of the
feedback pages. Nothing here imports ``opt4ml``, and ``opt4ml`` imports nothing from here.
"""
