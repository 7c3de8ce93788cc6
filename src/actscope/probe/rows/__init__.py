"""The memory of a probe: rows of statistics that compiled code fills, one for each bin of steps."""
