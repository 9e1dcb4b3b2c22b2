"""The scripts of the installation, with a recorder in place of the Azure CLI and the Graph stand-in as the tenant."""
