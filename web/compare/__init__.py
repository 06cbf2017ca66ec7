"""Pages that lay two packs, or two releases of one, beside each other: for analysts, supervisors and operators."""
