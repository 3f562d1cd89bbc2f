"""What a member allows by connecting a browser, in the very words of the extension and of docs/pairing.md."""

from __future__ import annotations

TERMS = (
    "When your team or its programs ask, Curtsy sends LinkedIn invitations in your name from your own browser, and "
    "takes them back. You are asked before each is sent if you choose so, never before one is taken back.",
    "They can have any profile read as you see it, 100 a day (your team can make it 200), and pages of your own "
    "connections, 10 a day (40). Whoever asks gets what was read.",
    "While invitations wait, for weeks, it looks through your sent invitations and newest connections. What you sent "
    "by hand counts too, and is kept for 30 days.",
    "LinkedIn's User Agreement forbids automation. LinkedIn may restrict or close your account for it; that risk is "
    "yours.",
    "Admins, and programs with a key for it, set your pace, up to 50 invitations a day and 200 a week with no time "
    "between them, and can let you rest. You can set lower numbers and be asked first; nobody else can undo that.",
    "It stops by itself when LinkedIn asks you for something, restricts you or signs you out, and never answers such a "
    "page.",
    "Your password, cookies and session stay in your browser. Your team sees what was sent and read, and LinkedIn's "
    "answers.",
    "You can pause or disconnect at any time in Curtsy's popup, even when the server is away. An admin can remove your "
    "browser.",
)
"""Each a point of the list; a test compares the three places."""
