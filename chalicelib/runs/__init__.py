"""A run's life: reported, resolved against what is stored, recorded, read back."""
