"""A stand-in for the package: the sample page includes its source."""


def gd(f, x0, step):
    """Gradient descent: x_{k+1} = x_k - step * grad f(x_k)."""
    x = x0
    while True:
        yield x
        x = x - step * f.grad(x)
