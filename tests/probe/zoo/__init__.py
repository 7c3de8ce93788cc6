"""Networks that are sick in a known way, and healthy ones: see `sick_models.py`."""
