"""The content of workbooks: texts by language, and pages as values, without any style. Also the readiness report."""
