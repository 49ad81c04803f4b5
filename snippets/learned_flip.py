"""Learning does not care: from flipped targets, a layer learns the flipped kernel."""

import torch
from scipy.signal import convolve2d, correlate2d
from torch import Tensor
from torch.nn.functional import conv2d, mse_loss


# --8<-- [start:learned]
def learned(images: Tensor, targets: Tensor) -> Tensor:
    """The 3 x 3 kernel with which ``conv2d`` comes closest to the targets.

    Takes images (count, 1, height, width) and targets two pixels smaller a side. LBFGS
    raises nothing if it fails: compare the kernel, or its loss.
    """
    weight = torch.zeros(1, 1, 3, 3, dtype=images.dtype, requires_grad=True)
    search = torch.optim.LBFGS([weight], tolerance_change=0)

    def loss() -> Tensor:
        search.zero_grad()
        error = mse_loss(conv2d(images, weight), targets)
        error.backward()
        return error

    search.step(loss)
    return weight.detach()[0, 0]


# --8<-- [end:learned]


if __name__ == "__main__":
    torch.manual_seed(0)
    torch.set_num_threads(1)
    image = torch.randn(32, 32)
    kernel = torch.arange(1.0, 10.0).view(3, 3)
    for operation in (correlate2d, convolve2d):
        target = torch.from_numpy(operation(image, kernel, mode="valid"))
        print(f"learned from the results of {operation.__name__}")
        for row in learned(image[None, None], target[None, None]).tolist():
            print("    " + "  ".join(f"{value:.4f}" for value in row))
