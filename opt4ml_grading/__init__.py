"""What grading with nbgrader needs beyond the stock tool.

``autograde`` is what nbgrader's configuration names: ``run`` holds a run, ``execution`` executes a notebook
(``warm``, ``supervisor``, ``kernel``, ``sandbox``) or has ``cluster`` do it, ``trust`` and ``review`` say
what a person must look at. ``secrets`` knows which lines of a notebook no student may read; ``feedback``
keeps them out of the feedback pages. ``policy``, ``late`` and ``final`` make final grades.

Nothing here imports ``opt4ml``, and ``opt4ml`` imports nothing from here.
"""
