# %% wrong: breaks the second test too -> test-double
def double(x):
    return 3 * x
