"""Which weights are looked at in an optimiser's step, where they take turns."""

import torch
from torch import nn

from actscope.probe.seeing.updating import Updating


def test_optimisers_that_step_in_turn_look_at_all_their_weights():
    model = nn.Sequential(*(nn.Linear(3, 3) for _ in range(8)))
    stepping = [torch.optim.SGD(part.parameters(), lr=0.1) for part in (model[:4], model[4:])]
    updating = Updating(model, lambda *_: None)
    for tick in range(1, 5):
        model(torch.randn(4, 3)).sum().backward()
        for optimizer in stepping:
            updating.look(optimizer, updating.held_by(optimizer), spacing=2, tick=tick)
            optimizer.step()
    assert [int(one.bins["visits"].sum()) for one in updating.histories(1)] == [2] * 8
