# %% wrong: names a cell that is not there -> test-triple
def double(x):
    return 3 * x
