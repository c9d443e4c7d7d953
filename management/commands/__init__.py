"""The commands of manage.py, one a file: what is typed, and what is said."""
