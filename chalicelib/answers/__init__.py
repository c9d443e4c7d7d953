"""What the metrics routes answer: questions, summaries, tiles and Prometheus' text."""
