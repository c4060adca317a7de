# %% wrong: says not what must fail
def double(x):
    return 3 * x
