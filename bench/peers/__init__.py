"""`make bench`: compares this app with scripts on Microsoft's SDK, on one Graph stand-in, with bars to meet."""
