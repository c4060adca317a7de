# %% accepted: and yet fails -> test-double
def double(x):
    return 3 * x
