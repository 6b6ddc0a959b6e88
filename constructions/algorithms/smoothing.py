"""Kernel smoothing: weighted means of what lies near."""

from constructions.matrix import Matrix, below, exp, named, ones


def gaussian_mean(U: Matrix, u: Matrix, beta: Matrix) -> Matrix:
    """Σ_j e^{−β|u_j − u|²} u_j / Σ_j e^{−β|u_j − u|²} over the rows u_j of U (n × d), as a row; Nadaraya 1964, Watson 1964."""
    n, d = U.shape
    apart = U - ones(n, 1) @ u
    near = exp(-beta * ((apart * apart) @ ones(d, 1)))
    return near.T @ U / (ones(1, n) @ near)


def smoothed_observer(x: Matrix, Y: Matrix, K: Matrix, A: Matrix, C: Matrix, beta: Matrix, window: int) -> Matrix:
    """The last estimate of an observer that smooths: u_t = A x_t + K (y_t − C x_t), and x_{t+1} is the Gaussian mean of the
    last `window` of u_0, …, u_t around u_t. x is 1 × d, Y is T × p."""
    updates: list[Matrix] = []
    for t in range(Y.shape[0]):
        updates.append(x @ A.T + (Y[[t]] - x @ C.T) @ K.T)
        x = named(gaussian_mean(below(*updates[-window:]), updates[-1], beta))
    return x
