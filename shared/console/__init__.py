"""The console: pages in which people see runs, check their plans and decide, on the same verbs and roles as the API."""
