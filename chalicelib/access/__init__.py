"""Who is calling, and what a token is: its text, and how it is kept."""
