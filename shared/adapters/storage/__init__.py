"""Azure Storage: tables, queues and blobs, and how the app is connected to them."""
