"""The console: pages in which people see runs, judge them and decide, on the same verbs and roles as the API."""
