"""Forms: what people fill in, read from form-js files and checked on the server as form-js checks it in a page.

The packs' forms lie beside this code, in ``forms/<pack>/*.form``. A form is read once with ``read_form`` and then used
by ``validate`` for every submission. This package knows no case, no database and no page; FEEL is brought by the caller
(``Evaluator``).
"""

from forms.evaluator import Evaluator, FeelCheck
from forms.files import Upload, upload_fault
from forms.findings import Finding
from forms.messages import MESSAGES, say, translate_with
from forms.model import Component, DataPath, Expression, Field, Form, Option, path_text
from forms.problems import FormInvalid, Problem
from forms.reading import read_form
from forms.validation import Submission, validate, validate_draft
from forms.variation import AS_WRITTEN, Variation
from forms.view import Shown, show

__all__ = [
    "AS_WRITTEN",
    "MESSAGES",
    "Component",
    "DataPath",
    "Evaluator",
    "Expression",
    "FeelCheck",
    "Field",
    "Finding",
    "Form",
    "FormInvalid",
    "Option",
    "Problem",
    "Shown",
    "Submission",
    "Upload",
    "Variation",
    "path_text",
    "read_form",
    "say",
    "show",
    "translate_with",
    "upload_fault",
    "validate",
    "validate_draft",
]
