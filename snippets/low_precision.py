"""What FP16 and BF16 lose, and what a scaled loss and a FP32 copy bring back."""

import torch

FORMATS = (torch.float32, torch.float16, torch.bfloat16)


# --8<-- [start:total]
def total(times: int, term: float, dtype: torch.dtype, start: float = 0) -> float:
    """A number to which a term is added again and again, each result rounded.

    >>> total(100, 1, torch.float16), total(5000, 1, torch.float16)
    (100.0, 2048.0)
    """
    result, step = torch.tensor(start, dtype=dtype), torch.tensor(term, dtype=dtype)
    for _ in range(times):
        result = result + step
    return result.item()


# --8<-- [end:total]


# --8<-- [start:gradient]
def gradient(
    slope: float, scale: float = 1, dtype: torch.dtype = torch.float16
) -> float:
    """The gradient of ``slope * weight`` for a 16-bit weight, with a scaled loss.

    >>> gradient(1e-8), round(gradient(1e-8, scale=1024), 11)
    (0.0, 1.001e-08)
    """
    weight = torch.ones((), dtype=dtype, requires_grad=True)
    (weight.float() * slope * scale).backward()
    assert weight.grad is not None
    return weight.grad.float().item() / scale


# --8<-- [end:gradient]


if __name__ == "__main__":
    print(
        "          largest  next after 1  ones add up to  1e-8 becomes  70000 becomes"
    )
    for dtype in FORMATS:
        info, small = torch.finfo(dtype), torch.tensor(1e-8).to(dtype).item()
        large = torch.tensor(70000.0).to(dtype).item()
        name = str(dtype).removeprefix("torch.")
        ones = total(5000, 1, dtype)
        row = f"{name:8} {info.max:8.1e}  1 + {info.eps:8.1e}  {ones:14.0f}"
        print(f"{row}  {small:12.1e}  {large:13.0f}")
