"""The one pooled client, where its address comes from, the indexes, and how long runs are kept."""
