"""From where on a slope counts as small: one number for the probe, for comparisons and for claims."""

EPS = 0.01
"""A smaller slope lets less than 1 % of the gradient through: tanh has it at |x| = 3.0, sigmoid at |x| = 4.6."""
