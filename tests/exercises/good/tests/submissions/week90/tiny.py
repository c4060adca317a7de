"""Submissions for the fixture: two functions, every kind of answer."""

# %% accepted: by addition
def double(x):
    return x + x


# %% accepted: through a helper and a constant
import math

FACTOR = math.sqrt(4.0)


def scale(x, by):
    return by * x


def double(x):
    return scale(x, FACTOR)


# %% wrong: forgets the factor -> test-double, test-total
def double(x):
    return x


# %% wrong: squares, which looks the same for 2 -> test-double, test-total
def double(x):
    return x**2


# %% wrong: changes its argument -> test-double, test-total
def double(x):
    x *= 2
    return x * x


# %% wrong: forgets the sign of negative entries -> test-double
def double(x):
    return 2 * abs(x)


# %% wrong: never ends -> test-double, test-total
def double(x):
    while True:
        pass


# %% accepted: a loop
def total(x):
    result = 0.0
    for entry in x:
        result += 2 * entry
    return result


# %% accepted: both at once
def total(x):
    return 2 * sum(x)


def double(x):
    return np.add(x, x)


# %% wrong: the mean -> test-total
def total(x):
    return double(x).mean()


# %% wrong: no factor -> test-total
def total(x):
    return sum(x)


# %% wrong: right for two entries only -> test-total
def total(x):
    return double(x)[0] + double(x)[1]


# %% wrong: the number from the example -> test-total
def total(x):
    return 6.0


# %% wrong: warns -> test-total
import warnings


def total(x):
    warnings.warn("summing")
    return 2 * sum(x)
