# %% accepted: twice
def double(x):
    return x + x


# %% accepted: twice
def double(x):
    return 2 * x
