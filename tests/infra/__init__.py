"""The templates of the deployment: settings, names and security, as the compiler evaluates them."""
