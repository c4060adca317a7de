# %% refused: no such kind -> test-double
def double(x):
    return 3 * x
