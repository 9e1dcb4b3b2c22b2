"""What workbooks say and show: texts by language, and pages as values, without any style."""
