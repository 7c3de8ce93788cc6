"""Claims about one neuron: what it computes, what its weights' gradients are, how it descends."""
