"""Colours as eyes see them: how far apart they are, to whom, and on which paper."""

import math

LINEAR = ((1, 0, 0), (0, 1, 0), (0, 0, 1))
GREY = ((0.2126, 0.7152, 0.0722),) * 3

# Machado, Oliveira and Fernandes (2009), severity 1.0: linear RGB as seen without a kind of cone.
SIGHTS = {
    "full": LINEAR,
    "protan": (
        (0.152286, 1.052583, -0.204868),
        (0.114503, 0.786281, 0.099216),
        (-0.003882, -0.048116, 1.051998),
    ),
    "deutan": (
        (0.367322, 0.860646, -0.227968),
        (0.280085, 0.672501, 0.047413),
        (-0.011820, 0.042940, 0.968881),
    ),
    "tritan": (
        (1.255528, -0.076749, -0.178779),
        (-0.078411, 0.930809, 0.147602),
        (0.004733, 0.691367, 0.303900),
    ),
    "grey": GREY,
}

# From linear sRGB to XYZ, and the white of D65 (IEC 61966-2-1).
XYZ = ((0.4124, 0.3576, 0.1805), (0.2126, 0.7152, 0.0722), (0.0193, 0.1192, 0.9505))
WHITE = (0.9505, 1.0, 1.089)


def product(matrix, vector):
    return [sum(map(float.__mul__, map(float, row), map(float, vector))) for row in matrix]


def lab(colour, sight="full"):
    """CIELAB of a colour, as in #1F2328, as seen."""
    channels = [int(colour[i : i + 2], 16) / 255 for i in (1, 3, 5)]
    linear = [c / 12.92 if c <= 0.04045 else ((c + 0.055) / 1.055) ** 2.4 for c in channels]
    seen = [min(1.0, max(0.0, x)) for x in product(SIGHTS[sight], linear)]
    shares = [x / white for x, white in zip(product(XYZ, seen), WHITE)]
    x, y, z = [math.cbrt(t) if t > 0.008856 else 7.787 * t + 16 / 116 for t in shares]
    return 116 * y - 16, 500 * (x - y), 200 * (y - z)


def difference(one, other, sight="full"):
    """CIEDE2000 between two colours as seen."""
    return ciede2000(lab(one, sight), lab(other, sight))


def ciede2000(one, other):
    """Sharma, Wu and Dalal, The CIEDE2000 Color-Difference Formula (2005), with k = 1."""
    (l1, a1, b1), (l2, a2, b2) = one, other
    chroma = (math.hypot(a1, b1) + math.hypot(a2, b2)) / 2
    stretch = 1.5 - 0.5 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    c1, c2 = math.hypot(a1 * stretch, b1), math.hypot(a2 * stretch, b2)
    h1 = math.degrees(math.atan2(b1, a1 * stretch)) % 360
    h2 = math.degrees(math.atan2(b2, a2 * stretch)) % 360
    turn = (h2 - h1 + 180) % 360 - 180 if c1 * c2 else 0.0
    hue = (h1 + turn / 2) % 360 if c1 * c2 else h1 + h2
    light, chroma = (l1 + l2) / 2, (c1 + c2) / 2
    t = 1 - 0.17 * cos(hue - 30) + 0.24 * cos(2 * hue) + 0.32 * cos(3 * hue + 6)
    t -= 0.20 * cos(4 * hue - 63)
    lightness = (l2 - l1) / (1 + 0.015 * (light - 50) ** 2 / math.sqrt(20 + (light - 50) ** 2))
    chromas = (c2 - c1) / (1 + 0.045 * chroma)
    hues = 2 * math.sqrt(c1 * c2) * math.sin(math.radians(turn / 2)) / (1 + 0.015 * chroma * t)
    rotation = -2 * math.sqrt(chroma**7 / (chroma**7 + 25**7))
    rotation *= math.sin(math.radians(60 * math.exp(-(((hue - 275) / 25) ** 2))))
    return math.sqrt(lightness**2 + chromas**2 + hues**2 + rotation * chromas * hues)


def cos(degrees):
    return math.cos(math.radians(degrees))
