"""What is fast, measured as ratios in one run: `make bench`, or `make bench SIZE=full`."""
