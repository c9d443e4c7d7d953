"""The API document (OpenAPI 3.1), built from what `@endpoint`, the shapes and the errors say.

    document.py     the whole of it, and as text
    operations.py   a route: parameters, body, answers
    problems.py     which errors a route can answer
    schemas.py      the shapes as JSON Schemas
    examples.json   a session with the app, recorded by `make openapi`

Nothing here is imported before somebody asks for the document: a cold start does not pay for it.
"""
