"""`make bench`: this app beside what people use today, on one Graph stand-in, with bars that must hold."""
