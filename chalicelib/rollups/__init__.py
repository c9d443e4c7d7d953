"""What runs add up to, kept by hour and day, and measured without reading the runs."""
