"""The product: core decides, flows gather and act, and each adapter knows one outside service or file format."""
