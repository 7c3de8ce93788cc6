"""How a diagnosis is told: for the terminal, as a page, as figures, as numbers, and as series for other tools."""
