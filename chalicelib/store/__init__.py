"""Every query the service sends, a noun a file."""
