"""How a probe sees: the activations, the forward and backward passes and the optimiser of a model that trains."""
