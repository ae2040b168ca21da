/**
 * What people type into a chat, or into their name, to make a page do something else than show it. Data for server and
 * page alike: every one of them must come out as text, and none may run, load, hide, reverse or overflow anything.
 */
export type HostileText = { readonly name: string; readonly text: string }

/** Set by those that run: `globalThis.hacked` must stay undefined, and no request may go to `hostile.invalid`. */
export const MARKUP: readonly HostileText[] = [
  { name: 'a script', text: '<script>globalThis.hacked=1</script>' },
  { name: 'a script that closes another', text: '</script><script>globalThis.hacked=1</script>' },
  { name: 'a script in odd case', text: '<ScRiPt >globalThis.hacked=1</sCrIpT >' },
  { name: 'a script with a slash', text: '<script/x>globalThis.hacked=1</script>' },
  { name: 'a script from elsewhere', text: '<script src=//hostile.invalid/x.js></script>' },
  { name: 'an image that fails', text: '<img src=x onerror=globalThis.hacked=1>' },
  { name: 'an image that loads', text: '<img src="//hostile.invalid/pixel.png">' },
  { name: 'an image cut off', text: '<img src=x onerror=globalThis.hacked=1//' },
  { name: 'an image out of an attribute', text: '"><img src=x onerror=globalThis.hacked=1>' },
  { name: 'an image out of a single-quoted attribute', text: "'><img src=x onerror=globalThis.hacked=1>" },
  { name: 'an attribute without a tag', text: '" autofocus onfocus="globalThis.hacked=1' },
  { name: 'an attribute with back quotes', text: '` onmouseover=globalThis.hacked=1 `' },
  { name: 'an SVG that loads', text: '<svg onload=globalThis.hacked=1>' },
  { name: 'an SVG with a script', text: '<svg><script>globalThis.hacked=1</script></svg>' },
  {
    name: 'an SVG that animates',
    text: '<svg><animate onbegin=globalThis.hacked=1 attributeName=x dur=1s></svg>',
  },
  { name: 'MathML', text: '<math><maction xlink:href="javascript:globalThis.hacked=1">x</maction></math>' },
  {
    name: 'a mutation',
    text: '<noscript><p title="</noscript><img src=x onerror=globalThis.hacked=1>"></noscript>',
  },
  {
    name: 'a mutation by MathML',
    text: '<math><mtext><table><mglyph><style><img src=x onerror=globalThis.hacked=1></style></mglyph></table></mtext></math>',
  },
  { name: 'a frame', text: '<iframe src="javascript:globalThis.hacked=1"></iframe>' },
  { name: 'a frame with a document', text: '<iframe srcdoc="<script>parent.hacked=1</script>"></iframe>' },
  { name: 'an object', text: '<object data="javascript:globalThis.hacked=1"></object>' },
  { name: 'a video', text: '<video><source onerror=globalThis.hacked=1></video>' },
  { name: 'details', text: '<details open ontoggle=globalThis.hacked=1>x</details>' },
  { name: 'a body', text: '<body onload=globalThis.hacked=1>' },
  { name: 'a base', text: '<base href="//hostile.invalid/">' },
  { name: 'a refresh', text: '<meta http-equiv=refresh content="0;url=//hostile.invalid/">' },
  { name: 'a style', text: '<style>*{background:url(//hostile.invalid/x)}</style>' },
  { name: 'a form', text: '<form action=//hostile.invalid><input name=token></form>' },
  { name: 'a link', text: '<a href="javascript:globalThis.hacked=1">click</a>' },
  { name: 'an address that is a script', text: 'javascript:globalThis.hacked=1' },
  { name: 'an address with a tab', text: 'java\tscript:globalThis.hacked=1' },
  { name: 'an address that is data', text: 'data:text/html,<script>globalThis.hacked=1</script>' },
  { name: 'Markdown with a script', text: '[click](javascript:globalThis.hacked=1) ![](//hostile.invalid/x.png)' },
  { name: 'entities', text: '&lt;script&gt;globalThis.hacked=1&lt;/script&gt; &#x3C;img src=x&#x3E; &nbsp;&amp;' },
  { name: 'a comment', text: '<!--><img src=x onerror=globalThis.hacked=1>-->' },
  { name: 'CDATA', text: '<![CDATA[<img src=x onerror=globalThis.hacked=1>]]>' },
  {
    name: 'braces of templates',
    text: '{{constructor.constructor("globalThis.hacked=1")()}} \u0024{globalThis.hacked=1} {@html "<b>x</b>"}',
  },
  { name: 'JSON', text: '"},{"type":"welcome","you":{"role":"admin"}' },
  { name: 'names of prototypes', text: '__proto__ constructor toString hasOwnProperty' },
  { name: 'SQL', text: `'; drop table chat_messages; -- " or 1=1` },
  { name: 'a line for a log', text: 'hello\r\n{"level":50,"msg":"the server was hacked"}' },
  { name: 'a terminal', text: '\u001b[2J\u001b]0;hacked\u0007 \u009b31m' },
  { name: 'fullwidth markup', text: '\uff1cscript\uff1eglobalThis.hacked=1\uff1c/script\uff1e' },
  { name: 'UTF-7', text: '+ADw-script+AD4-globalThis.hacked+AD0-1+ADw-/script+AD4-' },
]

/** What hides, reverses, or fills the page with itself. */
export const TYPOGRAPHY: readonly HostileText[] = [
  { name: 'an override of direction', text: 'abc \u202egnirts desrever\u202c def' },
  { name: 'an isolate that is never closed', text: '\u2067\u2067\u2067 abc' },
  { name: 'marks of direction', text: '\u200f\u200eabc\u061c' },
  { name: 'zero-width characters', text: 'h\u200be\u2060l\u200cl\ufeffo' },
  { name: 'nothing but zero-width characters', text: '\u200b\u200c\u200d\u2060\ufeff' },
  { name: 'nothing but blanks', text: ' \u00a0\u2003\u3000\t\n ' },
  { name: 'blanks that are letters', text: '\u3164\uffa0\u115f\u1160\u2800' },
  { name: 'characters for tags', text: 'a\u{e0041}\u{e0042}\u{e007f}b' },
  { name: 'marks piled up', text: `Z${'\u0351\u036b\u0343\u034f\u0317'.repeat(60)}algo` },
  { name: 'marks without a letter', text: '\u0301'.repeat(200) },
  { name: 'a halved pair of code units', text: 'a\ud83d b\udc00' },
  { name: 'zeros', text: 'a\u0000b\u0000' },
  { name: 'many lines', text: 'a\n'.repeat(150) },
  { name: 'separators of lines', text: 'a\u2028b\u2029c\u0085d\u000be\u000cf' },
  { name: 'a word without end', text: 'W'.repeat(500) },
  { name: 'a word without end, wide', text: '\ufdfd'.repeat(120) },
  { name: 'a face of many parts', text: '\u{1f468}\u200d\u{1f469}\u200d\u{1f467}\u200d\u{1f466}'.repeat(40) },
  { name: 'a flag of many parts', text: `\u{1f3f4}${'\u{e0067}'.repeat(100)}\u{e007f}` },
  { name: 'characters of private use', text: '\ue000\u{f0000}\u{10fffd}' },
  { name: 'no characters', text: '\uffff\ufffe\u{1ffff}' },
  { name: 'notes between lines', text: 'a\ufff9b\ufffac\ufffbd' },
]

export const HOSTILE_TEXTS: readonly HostileText[] = [...MARKUP, ...TYPOGRAPHY]

/** What is no hostility: it must come through unchanged. */
export const FRIENDLY_TEXTS: readonly HostileText[] = [
  { name: 'German', text: 'Schöne Grüße aus Köln – „wunderbar“!' },
  { name: 'a heart', text: '\u2764\ufe0f' },
  { name: 'a family', text: '\u{1f469}\u200d\u{1f469}\u200d\u{1f466} ' + 'and \u{1f44b}\u{1f3fd}' },
  { name: 'Arabic', text: 'مرحبا بالجميع' },
  { name: 'Hebrew with points', text: 'בְּרֵאשִׁית' },
  { name: 'Persian with a joiner', text: 'می\u200cخواهم' },
  { name: 'Hindi with a joiner', text: 'क्\u200dष नमस्ते' },
  { name: 'Thai', text: 'สวัสดีที่รัก' },
  { name: 'Vietnamese', text: 'Xin chào mọi người, tiếng Việt' },
  { name: 'Chinese and Japanese', text: '大家好、こんにちは' },
  { name: 'the flag of Scotland', text: '\u{1f3f4}\u{e0067}\u{e0062}\u{e0073}\u{e0063}\u{e0074}\u{e007f}' },
  { name: 'less than', text: 'a < b && b > c, "quoted" & \'quoted\'' },
]

/** Names that look like somebody with a role, so that no guest may have them. */
export const FALSE_NAMES: readonly HostileText[] = [
  { name: 'as it is', text: 'admin' },
  { name: 'in capitals', text: 'ADMIN' },
  { name: 'spaced', text: 'A d m i n' },
  { name: 'dotted', text: '.:[Admin]:.' },
  { name: 'with digits', text: 'Adm1n' },
  { name: 'with signs', text: '@dm!n' },
  { name: 'Cyrillic letters', text: '\u0410dmin' },
  { name: 'all Cyrillic', text: '\u0430\u0501\u043c\u0456\u043f' },
  { name: 'Greek letters', text: '\u0391dm\u03b9n' },
  { name: 'fullwidth', text: '\uff21\uff44\uff4d\uff49\uff4e' },
  { name: 'mathematical letters', text: '\u{1d400}\u{1d41d}\u{1d426}\u{1d422}\u{1d427}' },
  { name: 'letters in circles', text: '\u24b6\u24d3\u24dc\u24d8\u24dd' },
  { name: 'with accents', text: 'Àdmíñ' },
  { name: 'with zero-width characters', text: 'ad\u200bm\u2060in' },
  { name: 'with a mark of direction', text: '\u202eadmin' },
  { name: 'a dotless i', text: 'adm\u0131n' },
  { name: 'rn for m', text: 'adrnin' },
  { name: 'a moderator', text: 'Moderator' },
  { name: 'a moderator with zeros', text: 'm0derat0r' },
  { name: 'the host', text: 'H\u043est' },
  { name: 'the system', text: 'SYSTEM' },
  { name: 'with a number', text: 'Admin 2' },
]
