// The frame of every page a person sees: server-rendered, no script, light and dark, nothing from elsewhere. Pure.

/** Text for HTML; the only way that anything from outside gets into a page. */
export function escapeHtml(text: string): string {
  return text.replace(/[&<>"']/g, (character) => `&#${character.charCodeAt(0)};`);
}

/** @param page.content HTML whose texts have been escaped. */
export function layout(page: { readonly title: string; readonly content: string }): string {
  return `<!doctype html>
<html lang="en">
<meta charset="utf-8">
<meta name="viewport" content="width=device-width, initial-scale=1">
<meta name="color-scheme" content="light dark">
<meta name="robots" content="noindex">
<title>${escapeHtml(page.title)}</title>
<style>${style}</style>
<body><main>
<p class="brand"><svg viewBox="0 0 32 32" width="28" height="28" aria-hidden="true"><path d="M5 27V13a11 11 0 0 1 22 0v14" fill="none" stroke="currentColor" stroke-width="3" stroke-linecap="round"/><path d="M2 20h28" stroke="var(--accent)" stroke-width="3" stroke-linecap="round"/></svg> Beamgate</p>
${page.content}
</main></body>
</html>
`;
}

const style = `
:root { --ground: #f5f6f8; --card: #fff; --ink: #16202e; --soft: #566274; --line: #dfe4ea; --accent: #0b63ce; }
@media (prefers-color-scheme: dark) { :root { --ground: #0e131a; --card: #171e28; --ink: #e8edf4; --soft: #9aa7b8; --line: #2a3443; --accent: #6ab0ff; } }
* { box-sizing: border-box; }
body { margin: 0; min-height: 100vh; display: grid; grid-template-columns: minmax(0, 34rem); place-content: center; padding: 1.5rem; background: var(--ground); color: var(--ink); font: 1rem/1.6 system-ui, sans-serif; }
main { padding: 2rem; background: var(--card); border: 1px solid var(--line); border-radius: 1rem; box-shadow: 0 1px 2px #0000000a, 0 12px 32px #0000000f; }
.brand { display: flex; align-items: center; gap: .6rem; margin: 0 0 1.75rem; color: var(--soft); font-weight: 600; }
h1 { margin: 0 0 .75rem; font-size: 1.6rem; line-height: 1.25; letter-spacing: -.01em; text-wrap: balance; }
p { margin: 0 0 1rem; }
dl { display: grid; grid-template-columns: max-content 1fr; gap: .35rem 1.25rem; margin: 1.5rem 0 0; padding-top: 1.25rem; border-top: 1px solid var(--line); font-size: .9rem; }
dt { color: var(--soft); }
dd { margin: 0; overflow-wrap: anywhere; }
code, pre { font: .85rem/1.5 ui-monospace, monospace; }
pre { margin: 0 0 1rem; padding: .85rem 1rem; overflow-x: auto; background: var(--ground); border: 1px solid var(--line); border-radius: .6rem; }
a { color: var(--accent); }
a:focus-visible { outline: 3px solid var(--accent); outline-offset: 2px; border-radius: .2rem; }
@media (max-width: 30rem) { body { padding: 0; place-content: stretch; } main { border: 0; border-radius: 0; padding: 1.5rem 1.25rem; } }
`;
