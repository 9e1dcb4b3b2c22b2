"""Tests of the Power Platform connector."""
