"""An export's columns, rows and options, and the desired values of its rows."""
