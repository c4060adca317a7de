# %% wrong: redefines nothing -> test-double
def triple(x):
    return 3 * x
