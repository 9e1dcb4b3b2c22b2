"""An export's columns, rows, options, and what a row asks for."""
