# %% wrong: is right -> test-double
def double(x):
    return 2 * x
