"""`make package`: builds what is deployed. `reach` finds the modules that the app can import, `build` copies them."""
