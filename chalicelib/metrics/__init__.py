"""What the numbers mean: pure functions over counts, with no input or output of their own.

histogram    logarithmic buckets that merge, and quantiles read from them
measures     what runs took and cost: exact sums and histograms
block        one metrics block: counts, durations and costs of a set of runs
intervals    hours, days, weeks and months of a time zone, cut from a range
proportion   intervals and tests for a share of successes
ranks        a rank test and median intervals on two histograms
sequential   tests that may be looked at after every run, for watches
comparison   two blocks, their differences and three verdicts
gate         may a candidate be deployed, judged by limits
"""
