"""The headings, columns and standing texts of a diagnosis."""

PLACE, FUNCTION, FOUND = "place", "function", "found"
SILENT, FLAT = "silent\nunits", "small\nslope"
SPREAD, GRADIENT, UPDATE = "spread\nof input", "gradient\narriving", "update\nof weight"
WHAT_IS_WRONG, HINTS, NOTES = "What is wrong", "Hints", "What could not be seen"
CHANGE = "What to change:"
HEALTHY, UNJUDGED = "healthy", "could not be judged"
EARLY = "healthy so far: too early to tell"
NOTHING_SEEN = "nothing was seen: is it this object that you train, inside the block?"
NO_BACKWARD = "no backward pass was seen"
UNTRAINED = (
    f"{NO_BACKWARD}, so that nothing is known of how it learns: call loss.backward() inside the block, or ask "
    "act.check(model, loss_fn, batch)"
)
LOADING, WATCHING, WRITING = "loading", "training a copy", "writing the report"
TARGET_HELP = (
    "A function, as package.module:function or path/to/file.py:function, that returns model, loss function and "
    "batches, and if you like the optimiser, or a dict with model, loss_fn, batches and optimizer."
)
FINDING, IN_A_SENTENCE = "finding", "in a sentence"
FINDING_HELP = "A finding, such as dead-units."
FOUND_WHEN = "Found when:"
ALL_NUMBERS = "All numbers are in diagnosis.json beside this page, where it was saved with --out or save."
OVER_STEPS, ARRIVES, ALL_LAYERS = "The layers over the steps", "Where on the curve the data lies", "All layers"
MEASURED, THRESHOLD, WHERE, ALSO, SINCE, READ_ON = "measured", "threshold", "where", "also", "since step", "Read on:"
COLUMNS = {
    "silent": "silent units",
    "flat": "small slopes",
    "mean": "mean of input",
    "spread": "spread of input",
    "gradient": "gradient",
    "update": "update",
}
"""The headings of the page's table of layers, by the quantities that `rows.columns` names."""
