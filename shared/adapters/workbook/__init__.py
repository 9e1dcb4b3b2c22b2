"""Opens exports, proves that no row is lost, and writes workbooks. openpyxl is imported on first use."""
