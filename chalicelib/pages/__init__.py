"""The files of the dashboard and of the API document, as browsers get them."""
