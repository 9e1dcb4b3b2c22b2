"""Tests of the Graph gateway: the real SDK against the stand-in, and pure tests of its parts."""
