// oidc-provider warns by console of what would be wrong in production, at import already; to whoever sees a demo or a
// test's output that says nothing. Imported before it.
const { info, warn } = console;

console.info = (...words) => (isItsOwn(words) ? undefined : info(...words));
console.warn = (...words) => (isItsOwn(words) ? undefined : warn(...words));

function isItsOwn([first]: readonly unknown[]): boolean {
  return String(first).includes('oidc-provider ');
}
