"""The funeral home: is the certificate good, and may the body be cremated."""
