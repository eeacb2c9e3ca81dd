// HTML as template strings: every value that goes in is escaped, but what this made itself. Pure.
import { html as template } from 'hono/html';

/** Markup that is safe as it is: only `html` makes it. */
export type Html = Exclude<ReturnType<typeof template>, Promise<unknown>>;

/** `undefined` and `false` leave nothing. */
type Part = string | number | Html | readonly Html[] | undefined | false;

export function html(strings: TemplateStringsArray, ...parts: readonly Part[]): Html {
  const made = template(strings, ...parts);
  if (made instanceof Promise) throw new TypeError('a page waits for nothing');
  return made;
}
