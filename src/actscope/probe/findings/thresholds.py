"""The numbers that the rules compare with; their words in `definitions.py` are made of the same constants."""

FIRST_STEPS = 20
"""The first steps, at most this many: what shows in them was there before much was learned."""
LATE = 0.6
"""What is judged in the end is judged from this share of the run on."""
FEWEST_STEPS = 10
"""Of training before anything is said of a tendency."""

OFTEN = 3
"""Visits of a parameter: enough to see how it moves, and that all others have had their turn."""

LARGE_INPUTS = 10.0
"""Root mean square of what the model is given."""
TINY_INPUTS = 0.02
"""The largest size of what the model is given."""
OFF_CENTRE = 5.0
"""Mean of the inputs, in standard deviations."""

LARGE_TARGETS = 30.0
"""Size of a regression's targets over that of its outputs at the start, or over 1 where those are smaller."""
TINY_TARGETS = 0.03
"""The same, or over 1 where the outputs are larger."""
LEARNT = 0.8
"""Share of the loss that the mean of the targets has, below which a network has learnt more than that."""

KEPT_STEPS = 3
"""In a row, that add to a gradient of before."""

LARGE_STEP = 0.4
"""Size of a step over the size of all weights; healthy ones reached 0.22."""
FALLS = 0.1
"""Share by which a loss has come down that clearly falls."""
GROWTH = 2.5
"""Of all weights over their size at the start, within the first steps; healthy ones reached 1.8."""
SWOLLEN = 5.0
"""Size of all weights over what PyTorch makes them, in a run whose first bin is too wide to see them grow."""
LARGE_LAYER_STEP = 0.1
"""The same of one layer: large only if something else tells of it too."""
LOSS_JUMP = 5.0
"""The largest loss over that of the start."""
RECOVERED = 0.1
"""The loss of the last quarter over that of the start, below which a leap on the way has done no harm."""
DYING = 0.4
"""Share of a layer's units that died during training."""
SMALL_STEP = 1e-5
"""Size of a step over the size of the weights, of the layer that moves most; fine-tuning at 1e-5 has 1e-4."""
SMALL_STEP_AS_MADE = 7e-5
"""The same where weights still are as PyTorch makes them and all is to be learned; PyTorch's quickstart has 2e-4."""
AS_MADE = 0.9
"""Share of all trained numbers that still are so."""
GROWING = 0.5
"""Power of the number of a step by which steps grow in a warm-up: 1 in a linear one, 0 at an even rate."""
SHRUNK_BY = 0.5
"""Share of the run by which steps have shrunk below the bound; a cosine that decays to 0 comes there at 0.98."""
GRADIENT_KEPT = 0.1
"""Size of the gradient behind that over the one before: less where a training has converged."""

WIDE = 5.0
"""Spread of what arrives at a function that saturates."""
SPREAD_CHANGE = 50.0
"""Factor between the spreads of the first and the last place, either way; healthy ones reached 6."""
CHAIN = 4
"""Places that it takes to speak of a change through the layers."""

FEWEST_UNITS = 8
FEWEST_SAMPLES = 200
"""Of each unit, before it is called silent."""
SILENT = 0.6
"""Share of a layer's units that never fired."""
ONE_SIDED = 0.9
"""Share of a layer's units that work, and whose input had one sign."""
STRAIGHT = 0.25
"""Share by which a function's slope may change over nine tenths of what arrives on a side, to be a straight line."""
FLAT = 0.5
"""Share of elements beyond the ends of the range in which a function has a slope."""

VANISHING = 1e-3
"""Length of the gradient at the first place over that at the last; healthy ones reached 0.05."""
RECURRENT = 0.4
"""Factor of the gradient per step of time in a plain recurrent layer; PyTorch begins at 0.58."""
EXPLODING = 70.0
"""The same; healthy ones reached 10, deep ones with batch norm 220."""
SLOW_GROWTH = 1.5
"""Of the gradient per layer; batch norm with ReLU makes it 1.21, and healthy ones reached 1.32."""
HALVES = 0.5
"""Share by which a loss has come down that learns well, though gradients grow slowly."""

ONE_SIGNED = 0.9
"""Mean over units of the share of a unit's gradients that have one sign."""
ZIGZAG_CENTRE = 2.0
"""Mean of the inputs, in standard deviations, from which one sign of the gradients is theirs."""

PLATEAU_STEPS = 50
PLATEAU_CHANGE = 0.02
"""Of the loss along its straight line, over its size."""
PLATEAU_SCATTER = 2.5
"""The slope of that line in its standard errors."""
UNEVEN = 0.2
"""Standard deviation of the loss over its size: above it a plateau cannot be told from the end of training."""
CONSTANT = 0.003
"""Of the loss over its size: no change, however even."""
MOVING = 2e-3
"""Size of a step over the size of all weights: something is tried; fine-tuning at 2e-5 has 1e-3."""
