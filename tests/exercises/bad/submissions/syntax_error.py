# %% wrong: does not parse -> test-double, test-total
def double(x)
    return 2 * x
