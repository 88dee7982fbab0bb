"""What is hostile and what is allowed in HTML, for the tests that clean and show it."""

import re

ATTACKS = [
    "<script>alert(1)</script>",
    "<img src=x onerror=alert(1)>",
    "<svg/onload=alert(1)>",
    "<a href=javascript:alert(1)>x</a>",
    "<iframe src=//evil.example></iframe>",
    "<object data=x>",
    "<embed src=x>",
    "<base href=//evil.example/>",
    "<meta http-equiv=refresh content='0;url=//evil.example'>",
    "<link rel=stylesheet href=//evil.example>",
    "<style>@import 'http://evil.example'</style>",
    "<div style='background:url(http://evil.example)'>x</div>",
    "<form action=//evil.example><input name=x><button>y</button></form>",
    "<math><mi xlink:href=javascript:alert(1)>x</mi></math>",
    "<table background=http://evil.example><tr><td background=file:///etc/passwd>x</table>",
    "<video poster=//evil.example><source src=x>",
    "<img src='file:///etc/passwd'>",
    "<img src='\\\\evil\\share\\x.png'>",
    "<img srcset='http://evil.example 2x'>",
    "<img src=data:image/svg+xml,x>",
    "<img src=blob:x>",
    "<a href='data:text/html,x'>x</a>",
    "<p id=x class=y onclick=z>x</p>",
    "<noscript><p title='</noscript><img src=x onerror=alert(1)>'>",
    "<svg><style><img src=x onerror=alert(1)></style></svg>",
    "<math><mtext><table><mglyph><style><!--</style><img title='--&gt;&lt;img src=x onerror=alert(1)&gt;'>",
    "<!--><script>alert(1)</script>-->",
    "<![CDATA[<script>alert(1)</script>]]>",
    "<plaintext><script>x",
    "<a href='x'onclick=y>z",
    "<xmp><p title='</xmp><script>alert(1)</script>'>",
    "<textarea><script>alert(1)</script></textarea>",
    "<isindex action=x>",
    "<a href='jAvA&#x09;script:alert(1)'>x</a>",
    "<a href='&#1;javascript:alert(1)'>x</a>",
    "<body onload=x background=y>z",
]

_PLACE = "http://remote.example/x"
REMOTE_FORMS = [
    form.replace("@", _PLACE).replace("\0", "@")
    for form in (
        "<img src=@>", "<img src='//remote.example/x'>", "<img src=' @'>", "<img src='h&#x74;tp://remote.example/x'>",
        '<img src="ht\ntp://remote.example/x">', "<IMG SRC=@ alt=x>", "<image src=@>", "<img srcset='@ 2x'>",
        "<img srcset='@ 1x, @?2 2x' src=x>", "<picture><source srcset=@><img></picture>", "<img lowsrc=@ src=@>",
        "<input type=image src=@>", "<video src=@ autoplay></video>", "<video poster=@></video>",
        "<video autoplay><source src=@></video>",
        "<audio src=@ autoplay></audio>", "<audio autoplay><source src=@></audio>",
        "<video><track default src=@ kind=captions></video>", "<iframe src=@></iframe>",
        "<iframe srcdoc='<img src=@>'></iframe>", "<frameset><frame src=@></frameset>", "<object data=@></object>",
        "<object type=text/html data=@></object>", "<embed src=@>", "<embed type=text/html src=@>",
        "<link rel=stylesheet href=@>", "<link rel=preload as=image href=@>", "<link rel=prefetch href=@>",
        "<link rel=modulepreload href=@>", "<link rel=icon href=@>", "<link rel=manifest href=@>",
        "<script src=@></script>", "<script type=module src=@></script>", "<script>fetch('@')</script>",
        "<script>new Image().src='@'</script>", "<script>navigator.sendBeacon('@')</script>",
        "<script>new WebSocket('ws://remote.example/')</script>", "<script>new EventSource('@')</script>",
        "<style>@import '@';</style>".replace("@import", "\0import"), "<style>body{background:url(@)}</style>",
        "<style>@font-face{font-family:f;src:url(@)}*{font-family:f}</style>x".replace("@font", "\0font"),
        "<style>p{content:url(@)}</style><p>x", "<style>p::before{content:url(@)}</style><p>x",
        "<style>ul{list-style-image:url(@)}</style><ul><li>x</ul>", "<style>p{cursor:url(@),auto}</style><p>x",
        "<div style='background:url(@)'>x</div>", "<div style='background-image:url(\"@\")'>x</div>",
        "<div style='background:\\75 rl(@)'>x</div>", "<div style='background:image-set(\"@\" 1x)'>x</div>",
        "<div style='border-image:url(@) 9'>x</div>", "<div style='mask-image:url(@);height:9px'>x</div>",
        "<div style='shape-outside:url(@);float:left'>x</div>", "<ul style='list-style:url(@)'><li>x</ul>",
        "<p style='--a:url(@);background:var(--a)'>x", "<body background=@>", "<table background=@><tr><td>x</table>",
        "<td background=@>", "<table><tr><td background=@>x</table>", "<svg><image href=@ /></svg>",
        "<svg><image xlink:href=@ /></svg>", "<svg><use href='@#a'/></svg>", "<svg><feImage href=@ /></svg>",
        "<svg><style>*{background:url(@)}</style></svg>", "<svg><script href=@ /></svg>",
        "<svg><foreignObject><img src=@></foreignObject></svg>", "<math><mtext><img src=@></mtext></math>",
        "<meta http-equiv=refresh content='0;url=@'>", "<form action=@><button>x</button></form>",
        "<form action=@><input type=submit formaction=@></form>", "<base href='http://remote.example/'><img src=x>",
        "<noscript><img src=@></noscript><img src=@>", "<template shadowrootmode=open><img src=@></template>",
        "<div><template shadowrootmode=open><img src=@></template></div>", "<a href=@ ping=@>x</a><img src=@>",
        "<img src=x onerror=\"this.src='@'\">", "<textarea></textarea><img src=@>", "<xmp></xmp><img src=@>",
        "<!--[if true]><img src=@><![endif]--><!--><img src=@>-->", "<svg><a><img src=@></a></svg>",
        "<img src='http:\\\\remote.example\\x'>", "<img src='http:/remote.example/x'>",
        "<img src='HTTP://remote.example/x'>",
        "<select><option><img src=@></select><img src=@>", "<table><img src=@></table>", "<plaintext><img src=@>",
    )
]  # fmt: skip
"""Ways to make a browser fetch something."""

_ATTRIBUTES = {
    "a": r'(?: href="(?:https?|mailto|tel):[^"<>]*")?',
    "img": r'(?: (?:alt="[^"<>]*"|src="blob:[0-9a-f]{64}"|(?:width|height)="[1-9][0-9]{0,3}"))*',
}
_STORED_IMG = (
    r'(?: (?:alt="[^"<>]*"|src="cid:[A-Za-z0-9%._~@$!*+-]+"|data-remote="https?://[^"<>\s]+"'
    r'|src="data:image/(?:png|jpe?g|gif|webp);base64,[A-Za-z0-9+/=]+"|(?:width|height)="[1-9][0-9]{0,3}"))*'
)
_PLAIN = "p|b|i|u|s|sub|sup|code|ul|ol|li|blockquote|h[1-6]|div|br|hr"


def _grammar(images: str) -> re.Pattern[str]:
    return re.compile(
        rf"(?:[^<>&]|&(?:amp|lt|gt|nbsp|quot);|</?(?:{_PLAIN}|a)>|<a{_ATTRIBUTES['a']}>|<img{images}>)*"
    )


_CLEAN = _grammar(_ATTRIBUTES["img"])
_STORED = _grammar(_STORED_IMG)


def is_clean(html: str) -> bool:
    """Whether HTML consists of nothing but text and the few tags with the few attributes that are allowed.

    So strict a grammar leaves no parser anything to find in it.
    """
    return _CLEAN.fullmatch(html) is not None


def is_clean_to_store(html: str) -> bool:
    """The same of HTML that is kept: pictures have content ids, or addresses that no browser follows."""
    return _STORED.fullmatch(html) is not None


BOMBS = {
    "tables in tables": "<table><tr><td>" * 20 + "x",
    "many tables in tables": "<table><tr><td>" * 20_000 + "x",
    "one word": "w" * 500_000,
    "div in div": "<div>" * 20_000 + "x",
    "text in div in div": "<div>x" * 20_000,
    "rows": "<table>" + "<tr><td>a<td>b" * 5_000,
    "many rows": "<table>" + "<tr><td>a<td>b" * 30_000,
    "cells": "<table><tr>" + "<td>x" * 20_000,
    "embedded pictures": "<img src='data:image/png;base64,AAAA'>" * 50_000,
    "remote pictures": "".join(f"<img src='http://x.example/{number}'>" for number in range(20_000)),
    "blockquotes": "<blockquote>" * 20_000 + "word " * 80_000,
    "lists": "<ul><li>" * 5_000 + "x " * 200_000,
    "no-break blanks": "&nbsp;" * 300_000,
    "isolates": "&#x2067;a&#x2066;b" * 50_000,
    "right to left": "\u0627\u0644" * 200_000,
    "two directions": "a \u05d0 " * 50_000,
    "accents": ("e" + "\u0301" * 1_000) * 500,
    "joined emoji": "\U0001f468\u200d" * 100_000,
    "preformatted lines": "<pre>" + "x\n" * 50_000,
    "preformatted line": "<pre>" + "x" * 400_000,
    "tabs": "<pre>" + "\t" * 400_000,
    "bold in bold": "<b>" * 20_000 + "x" * 100_000,
    "misnested": "<b><i>x" * 20_000,
    "links": "<a href=http://x.example>x" * 20_000,
    "breaks": "<br>" * 100_000,
    "paragraphs": "<p>x" * 50_000,
    "rulers": "<hr>" * 50_000,
    "headings": "<h1>x" * 20_000,
    "items": "<li>x" * 50_000,
    "frame marks of Qt": "\ufdd0\ufdd1\ufffc" * 1_000 + "a",
    "comments": "<!--" * 100_000,
    "attributes": "<b " + "a=1 " * 100_000 + ">x",
    "soft hyphens": "a\u00ad" * 200_000,
    "copyright signs": "\u00a9" * 300_000,
}
