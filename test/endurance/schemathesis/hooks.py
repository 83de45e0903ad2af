"""What schemathesis does not make up: the bodies that no document can describe as refused."""

import schemathesis


@schemathesis.hook
def filter_body(context, body):
    """Leaves out the keys that make a body malformed, whatever the schema says: see `body-prototype-keys`."""
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
