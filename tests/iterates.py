"""The iterates of a method, for tests."""

from itertools import islice


def iterates(method, count):
    """The first so many iterates, as the method yields them."""
    return list(islice(method, count))
