"""Text as callers count and trim it: by the rules of ECMAScript (the seed; linkedin-wire 7)."""

ECMASCRIPT_SPACE = (
    "\t\n\v\f\r \u00a0\u1680\u2000\u2001\u2002\u2003\u2004\u2005"
    "\u2006\u2007\u2008\u2009\u200a\u2028\u2029\u202f\u205f\u3000\ufeff"
)
"""White space and line ends, which is what `trim` removes; Python's strip() removes others too."""
