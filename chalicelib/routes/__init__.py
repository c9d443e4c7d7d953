"""The routes, one Blueprint a noun; views parse, make one call and present what it gives."""
