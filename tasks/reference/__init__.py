"""The generated parts of the documentation: what the schema, the workers, the forms and the packs themselves say."""
