// The report's look: one file, no fonts to load, light and dark, narrow and wide.
export const reportStyle = `
:root {
  color-scheme: light dark;
  --ground: #ffffff; --text: #1f2328; --quiet: #656d76; --line: #d8dee4; --panel: #f6f8fa;
  --link: #1f6feb; --bad: #b42318; --bad-ground: #fef3f2;
  --keyword: #a6268f; --string: #1a7f4b; --number: #0b62c4; --comment: #6e7781; --name: #7a4e00;
}
@media (prefers-color-scheme: dark) {
  :root {
    --ground: #0f1216; --text: #e2e6ea; --quiet: #9aa4ae; --line: #2c333b; --panel: #171c22;
    --link: #6cb0ff; --bad: #ff8a80; --bad-ground: #2d1614;
    --keyword: #e08fd3; --string: #7fd6a4; --number: #86b9f5; --comment: #8b949e; --name: #e2b872;
  }
}
* { box-sizing: border-box; }
html { scroll-behavior: smooth; scroll-padding-top: 1rem; }
@media (prefers-reduced-motion: reduce) { html { scroll-behavior: auto; } }
body {
  margin: 0; background: var(--ground); color: var(--text);
  font: 1.0625rem/1.6 Inter, system-ui, "Segoe UI", Roboto, "Helvetica Neue", Arial, sans-serif;
}
a:any-link { color: var(--link); text-underline-offset: 0.15em; }
.page { display: grid; grid-template-columns: minmax(0, 1fr); max-width: 76rem; margin: 0 auto; padding: 0 1.25rem 5rem; }
main { min-width: 0; }
.page > header { padding: 2.5rem 0 1rem; border-bottom: 1px solid var(--line); }
.page > header h1 { margin: 0; font-size: 2.1rem; line-height: 1.2; letter-spacing: -0.02em; }
.page > header p { margin: 0.5rem 0 0; color: var(--quiet); }
nav.contents { padding: 1.25rem 0; font-size: 0.925rem; line-height: 1.45; }
nav.contents h2 { margin: 0 0 0.5rem; font-size: 0.8rem; text-transform: uppercase; letter-spacing: 0.06em; color: var(--quiet); }
nav.contents ol { list-style: none; margin: 0; padding: 0; }
nav.contents > ol > li { margin: 0 0 0.7rem; font-weight: 600; }
nav.contents ol ol { margin: 0.2rem 0 0; padding-left: 0.9rem; border-left: 2px solid var(--line); font-weight: 400; }
nav.contents ol ol li { margin: 0.2rem 0; }
nav.contents a { color: inherit; text-decoration: none; }
nav.contents a:hover { color: var(--link); text-decoration: underline; }
@media (min-width: 64rem) {
  .page { grid-template-columns: 15rem minmax(0, 1fr); column-gap: 3rem; }
  .page > header { grid-column: 1 / -1; }
  nav.contents { position: sticky; top: 0; align-self: start; max-height: 100vh; overflow-y: auto; }
}
.skip { position: absolute; left: -99rem; } .skip:focus { left: 1rem; top: 1rem; background: var(--ground); padding: 0.5rem 1rem; }
.unseen { position: absolute; width: 1px; height: 1px; overflow: hidden; clip-path: inset(50%); white-space: nowrap; }
:focus-visible { outline: 3px solid var(--link); outline-offset: 2px; }
main:focus, article:focus { outline: none; }
.gallery h2 { font-size: 1.5rem; margin: 1.5rem 0 0.5rem; } .gallery h3 { margin: 1.5rem 0 0.7rem; font-size: 1.15rem; }
.cards { list-style: none; margin: 0; padding: 0; display: grid; gap: 1.25rem; grid-template-columns: repeat(auto-fill, minmax(min(100%, 19rem), 1fr)); }
.cards li { border: 1px solid var(--line); border-radius: 10px; overflow: hidden; display: flex; flex-direction: column; break-inside: avoid; position: relative; }
.cards li:hover, .cards li:focus-within { border-color: var(--link); }
.cards img { width: 100%; height: 12rem; object-fit: contain; background: var(--panel); padding: 0.5rem; border-bottom: 1px solid var(--line); }
.cards li > div { padding: 0.8rem 1rem 1rem; display: flex; flex-direction: column; gap: 0.5rem; flex: 1; font-size: 0.925rem; line-height: 1.45; }
.cards h4 { margin: 0; font-size: 1.05rem; line-height: 1.3; } .cards p { margin: 0; overflow-wrap: anywhere; }
/* The whole card is the link of its heading; the link to the notebook lies above it. */
.cards h4 a { text-decoration: none; } .cards h4 a::after { content: ""; position: absolute; inset: 0; }
.cards .origin { margin-top: auto; } .cards p a { position: relative; }
.verdict { border-left: 4px solid; padding-left: 0.7rem; }
article { padding-top: 1.5rem; }
article + article { margin-top: 3rem; border-top: 3px solid var(--line); }
article h2, article h3, article h4, article h5 { line-height: 1.25; letter-spacing: -0.01em; margin: 2rem 0 0.6rem; }
article h2 { font-size: 1.75rem; margin-top: 0.5rem; } article h3 { font-size: 1.35rem; } article h4 { font-size: 1.12rem; }
.prose { max-width: 46rem; overflow-wrap: break-word; }
.prose p, .prose ul, .prose ol { margin: 0.7rem 0; }
.prose blockquote { margin: 1rem 0; padding: 0.1rem 1rem; border-left: 3px solid var(--line); color: var(--quiet); }
.katex-block { overflow-x: auto; padding: 0.3rem 0; font-size: 1.1em; }
.origin { color: var(--quiet); font-size: 0.875rem; margin: 0; }
code, pre { font-family: ui-monospace, SFMono-Regular, Menlo, Consolas, "DejaVu Sans Mono", monospace; font-size: 0.86em; }
:not(pre) > code { background: var(--panel); border-radius: 4px; padding: 0.12em 0.35em; }
pre { margin: 0; overflow-x: auto; line-height: 1.5; }
.prose pre, details.code pre { background: var(--panel); border: 1px solid var(--line); border-radius: 8px; padding: 0.8rem 1rem; }
details.code { margin: 0.9rem 0 0.5rem; }
details.code > summary { cursor: pointer; color: var(--quiet); font-size: 0.85rem; width: max-content; max-width: 100%; }
details.code[open] > summary { margin-bottom: 0.4rem; }
.outputs { margin: 0.5rem 0 1.4rem; }
.output { margin: 0.6rem 0; overflow-x: auto; }
.output img { max-width: 100%; height: auto; display: block; }
.output > img { image-rendering: pixelated; }
.igds-figure { min-width: 0; }
pre.stream { white-space: pre-wrap; overflow-wrap: anywhere; padding: 0.1rem 0; }
pre.stderr { border-left: 3px solid var(--line); padding-left: 0.8rem; color: var(--quiet); }
.error { border: 1px solid var(--bad); border-left-width: 5px; border-radius: 6px; background: var(--bad-ground); color: var(--bad); padding: 0.7rem 1rem; margin: 0.6rem 0; overflow-wrap: anywhere; }
.error pre { margin-top: 0.5rem; color: var(--text); }
.failed { color: var(--bad); }
table { border-collapse: collapse; font-size: 0.925rem; }
th, td { border-bottom: 1px solid var(--line); padding: 0.3rem 0.8rem; text-align: left; }
th { font-weight: 600; } caption { text-align: left; color: var(--quiet); padding-bottom: 0.3rem; }
progress { accent-color: #3182bd; }
.hljs-keyword, .hljs-built_in, .hljs-literal { color: var(--keyword); }
.hljs-string, .hljs-regexp { color: var(--string); } .hljs-number { color: var(--number); }
.hljs-comment { color: var(--comment); font-style: italic; } .hljs-title, .hljs-attr { color: var(--name); }
@media print {
  :root { --ground: #ffffff; --text: #1f2328; --quiet: #565d66; --line: #c8ced4; --panel: #f6f8fa; --link: #1f2328; color-scheme: light; }
  .skip, nav.contents, details.code { display: none; }
  .page { display: block; max-width: none; padding: 0; }
  article { break-before: page; } article h2, article h3, article h4 { break-after: avoid; }
  .output, .katex-block, table, .error { break-inside: avoid; }
}
`;
