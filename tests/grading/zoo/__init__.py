"""Submissions that are hostile or broken, each with the outcome that it must have.

`exercise` has the exercise and the good submission that all are made from; `animals` says what an animal
is, and gathers them; the other modules hold them by what they do.
"""
