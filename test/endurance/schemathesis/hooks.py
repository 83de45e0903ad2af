"""What schemathesis does not send: bodies that are refused for a reason that the documents leave out."""

import schemathesis


@schemathesis.hook
def filter_body(context, body):
    """Discards a body in which an object has a key that makes it malformed, whatever the schema: `body-prototype-keys`."""
    return not has_prototype_key(body)


def has_prototype_key(value):
    """Whether an object in `value`, at any depth, has `__proto__` or `constructor.prototype`."""
    if isinstance(value, list):
        return any(has_prototype_key(item) for item in value)
    if not isinstance(value, dict):
        return False
    constructor = value.get("constructor")
    if "__proto__" in value or isinstance(constructor, dict) and "prototype" in constructor:
        return True
    return any(has_prototype_key(item) for item in value.values())
