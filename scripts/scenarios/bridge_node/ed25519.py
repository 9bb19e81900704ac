"""Checks Ed25519 signatures (RFC 8032, 5.1) with nothing but whole numbers: a second opinion on what the bridge signs.
Slow, and only for what everybody may know."""

import hashlib

FIELD = 2**255 - 19
ORDER = 2**252 + 27742317777372353535851937790883648493
CURVE = -121665 * pow(121666, -1, FIELD) % FIELD
ROOT_OF_MINUS_ONE = pow(2, (FIELD - 1) // 4, FIELD)


def point_of(encoded):
    """The point (x, y) of 32 bytes; None if they are none."""
    number = int.from_bytes(encoded, "little")
    is_odd, y = number >> 255, number & (1 << 255) - 1
    if y >= FIELD:
        return None
    square = (y * y - 1) * pow(CURVE * y * y + 1, -1, FIELD) % FIELD
    x = pow(square, (FIELD + 3) // 8, FIELD)
    if x * x % FIELD != square:
        x = x * ROOT_OF_MINUS_ONE % FIELD
    if x * x % FIELD != square or (x == 0 and is_odd):
        return None
    return (FIELD - x if x % 2 != is_odd else x), y


def added(one, other):
    """The curve's addition, which is complete: it holds for equal points, too."""
    (x1, y1), (x2, y2) = one, other
    product = CURVE * x1 * x2 * y1 * y2 % FIELD
    return ((x1 * y2 + x2 * y1) * pow(1 + product, -1, FIELD) % FIELD,
            (y1 * y2 + x1 * x2) * pow(1 - product, -1, FIELD) % FIELD)


def times(number, point):
    result = (0, 1)
    while number:
        if number & 1:
            result = added(result, point)
        point, number = added(point, point), number >> 1
    return result


BASE = point_of((4 * pow(5, -1, FIELD) % FIELD).to_bytes(32, "little"))


def is_signature(signature, text, public_key):
    """Whether the owner of the key (32 bytes) signed those bytes."""
    commitment, key = point_of(signature[:32]), point_of(public_key)
    answer = int.from_bytes(signature[32:], "little")
    if len(signature) != 64 or commitment is None or key is None or answer >= ORDER:
        return False
    challenge = int.from_bytes(hashlib.sha512(signature[:32] + public_key + text).digest(), "little") % ORDER
    return times(answer, BASE) == added(commitment, times(challenge, key))
