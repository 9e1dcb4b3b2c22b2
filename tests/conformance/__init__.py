"""The app and the sandbox checked by Microsoft's own libraries, where the program that holds them is there."""
