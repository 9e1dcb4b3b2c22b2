"""Writes the Power Platform connector in `connector/`, from the API's description and a table of texts for makers."""
