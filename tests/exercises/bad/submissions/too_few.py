# %% accepted: by addition
def double(x):
    return x + x


# %% wrong: forgets the factor -> test-double
def double(x):
    return x
