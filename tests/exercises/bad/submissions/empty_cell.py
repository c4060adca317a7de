# %% accepted: says nothing

# %% accepted: by addition
def double(x):
    return x + x
