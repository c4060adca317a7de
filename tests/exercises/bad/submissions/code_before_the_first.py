"""Code here would not be run."""

import numpy as np

# %% accepted: by addition
def double(x):
    return np.add(x, x)
