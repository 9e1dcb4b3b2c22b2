"""Commands for developers of this code base; they are not deployed."""
