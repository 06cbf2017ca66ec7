"""What may be written in a component of a .form file, kind by kind.

A name that form-js does not know is a warning at the component and an error inside ``validate``, ``conditional`` and
``properties``, where a slip of the pen (``requird``, ``sensetive``) would silently drop a rule.
"""

from __future__ import annotations

COMMON = frozenset({"id", "type", "label", "layout", "conditional", "properties", "description", "appearance"})
KEYED = COMMON | {"key", "validate", "disabled", "readonly", "defaultValue"}
CHOICE = KEYED | {"values", "valuesKey", "valuesExpression"}
CONTAINER = COMMON | {"path", "components", "showOutline", "verticalAlignment", "readonly", "disabled"}

ATTRIBUTES: dict[str, frozenset[str]] = {
    "textfield": KEYED,
    "textarea": KEYED,
    "number": KEYED | {"decimalDigits", "increment", "serializeToString"},
    "datetime": KEYED
    | {
        "subtype",
        "dateLabel",
        "timeLabel",
        "timeInterval",
        "timeSerializingFormat",
        "use24h",
        "disallowPassedDates",
    },
    "checkbox": KEYED,
    "radio": CHOICE,
    "select": CHOICE | {"searchable"},
    "checklist": CHOICE,
    "taglist": CHOICE,
    "filepicker": KEYED | {"accept", "multiple"},
    "expression": COMMON | {"key", "expression", "computeOn"},
    "group": CONTAINER,
    "dynamiclist": CONTAINER
    | {"isRepeating", "allowAddRemove", "defaultRepetitions", "disableCollapse", "nonCollapsedItems"},
    "text": COMMON | {"text"},
    "html": COMMON | {"content", "strict"},
    "image": COMMON | {"source", "alt"},
    "table": COMMON | {"dataSource", "columns", "columnsExpression", "rowCount"},
    "spacer": COMMON | {"height"},
    "separator": COMMON,
    "button": COMMON | {"action", "disabled"},
    "default": COMMON
    | {
        "components",
        "schemaVersion",
        "executionPlatform",
        "executionPlatformVersion",
        "exporter",
        "versionTag",
        "name",
        "generated",
        "verticalAlignment",
    },
}

TEXT_RULES = frozenset({"required", "minLength", "maxLength", "pattern", "patternErrorMessage", "validationType"})
RULES: dict[str, frozenset[str]] = {
    "textfield": TEXT_RULES,
    "textarea": TEXT_RULES,
    "number": frozenset({"required", "min", "max"}),
    "expression": frozenset(),
}
ONLY_REQUIRED = frozenset({"required"})

# Our own settings, and the kinds of component that they mean something on; names that begin with x- are the pack's.
PROPERTIES: dict[str, frozenset[str]] = {
    "sensitive": frozenset(ATTRIBUTES) - {"text", "html", "image", "table", "spacer", "separator", "button", "default"},
    "check": frozenset({"textfield"}),
    "options": frozenset({"radio", "select", "checklist", "taglist"}),
    "minRows": frozenset({"dynamiclist"}),
    "maxRows": frozenset({"dynamiclist"}),
}

REFUSED: dict[str, tuple[str, str]] = {
    "iframe": (
        "it would load another site into a page that shows personal data",
        "link to the page in a text component",
    ),
    "documentPreview": (
        "it fetches documents past the checks on who may see them",
        "documents stand beside the form on the task's page: leave it out",
    ),
}

SUBTYPES = ("date", "time", "datetime")
TIME_FORMATS = ("utc_offset", "utc_normalized", "no_timezone")
TIME_INTERVALS = (1, 5, 10, 15, 30, 60)
TEXT_FORMATS = ("custom", "email", "phone")
COMPUTE_ON = ("change", "presubmit")

# FEEL of its own (it must begin with "="), and texts in which FEEL may stand between {{ and }}.
FEEL_ATTRIBUTES: dict[str, str] = {
    "conditional.hide": "unary",
    "readonly": "unary",
    "validate.min": "expression",
    "validate.max": "expression",
    "validate.minLength": "expression",
    "validate.maxLength": "expression",
    "valuesExpression": "expression",
    "expression": "expression",
    "multiple": "expression",
    "accept": "expression",
    "dataSource": "expression",
    "columnsExpression": "expression",
}
TEXT_ATTRIBUTES = (
    "label",
    "description",
    "text",
    "content",
    "source",
    "alt",
    "appearance.prefixAdorner",
    "appearance.suffixAdorner",
)

MAX_BYTES = 512 * 1024
MAX_COMPONENTS = 500
MAX_NESTING = 10
MAX_OPTIONS = 2_000
MAX_FEEL = 4_000
MAX_PATTERN = 500
NEWEST_SCHEMA = 19

# Names that mean something to JavaScript objects, to FEEL contexts, to the engine, or to a page that shows the form.
FORBIDDEN_NAMES = frozenset(
    {
        "__proto__",
        "constructor",
        "prototype",
        "hasOwnProperty",
        "isPrototypeOf",
        "propertyIsEnumerable",
        "toLocaleString",
        "toString",
        "valueOf",
        "__defineGetter__",
        "__defineSetter__",
        "__lookupGetter__",
        "__lookupSetter__",
    }
)
FORBIDDEN_ROOTS = frozenset({"this", "parent", "i", "case", "switches", "csrf_token"})
CONTROL_SIGN = "_"  # begins the names of a page's own controls (and FEEL's _this_, _parent_, _i_)
FEEL_WORDS = frozenset(
    "if then else for in return some every satisfies and or not true false null between instance of".split()  # noqa: SIM905
)
