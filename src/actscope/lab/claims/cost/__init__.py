"""Claims about what activations cost, measured in interleaved timings."""
