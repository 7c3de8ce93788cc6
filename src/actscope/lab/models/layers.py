"""The few layers that PyTorch has not: sums, places, attention, means. None of them draws a number."""

import torch
from torch import Tensor, nn


class Residual(nn.Sequential):
    """x + the layers' output for x."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, of x's shape."""
        flow = x
        for layer in self:
            flow = layer(flow)
        return x + flow


class Places(nn.Module):
    """x + a learned vector for each place of a sequence, (length, width)."""

    def __init__(self, weight: nn.Parameter) -> None:
        super().__init__()
        self.weight = weight

    def forward(self, x: Tensor) -> Tensor:
        """Return the sum, of x's shape."""
        return x + self.weight


class Attention(nn.Module):
    """Self-attention of several heads (Vaswani et al. 2017); `mix` gives queries, keys and values in one."""

    def __init__(self, mix: nn.Linear, out: nn.Linear, *, heads: int) -> None:
        super().__init__()
        self.mix, self.out, self.heads = mix, out, heads

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., length, width) for (..., length, width)."""
        found: Tensor = self.out(attended(self.mix(x), self.heads))
        return found


def attended(mixed: Tensor, heads: int) -> Tensor:
    """Return the values that each place attends to, (..., length, width), for (..., length, 3 width)."""
    *batch, length, tripled = mixed.shape
    width = tripled // 3
    split = mixed.reshape(-1, length, 3, heads, width // heads).permute(2, 0, 3, 1, 4)
    found = nn.functional.scaled_dot_product_attention(*split)
    return found.transpose(1, 2).reshape(*batch, length, width)


class Rows(nn.Module):
    """An image (..., channels, height, width) as a sequence of its places (..., height width, channels)."""

    def forward(self, x: Tensor) -> Tensor:
        """Return the sequence."""
        return x.flatten(-2).transpose(-1, -2)


class TokenMean(nn.Module):
    """The mean over the places of a sequence."""

    def forward(self, x: Tensor) -> Tensor:
        """Return (..., width) for (..., length, width)."""
        return torch.mean(x, dim=-2)
