"""Oracle of the expected rating: sums in plain lists."""

import math


def expected_rating(top, low, high):
    """Return the expected rating, mass, entropy in bits and first most probable digit."""
    shares = []
    for digit in range(low, high + 1):
        shares.append(
            sum(math.exp(value) for token, value in top if token in (str(digit), f" {digit}"))
        )
    mass = sum(shares)
    if mass == 0:
        return None, 0.0, None, None
    expected = sum((low + place) * share for place, share in enumerate(shares)) / mass
    entropy = 0.0
    for share in shares:
        if share > 0:
            entropy += share / mass * math.log(mass / share, 2)
    return expected, min(mass, 1.0), entropy, low + shares.index(max(shares))


def subscale(ratings, signs, low, high):
    """Return the mean of the ratings, reversed where the sign is -1."""
    both = zip(ratings, signs, strict=True)
    turned = [rating if sign == 1 else low + high - rating for rating, sign in both]
    return sum(turned) / len(turned)
