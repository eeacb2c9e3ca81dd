// A text that keeps no other one in memory. In V8 a part of a text refers to the whole of it: what is kept of a request
// for long would keep all that is secret in it too.

export function ownCopy(text: string): string {
  const copy = Buffer.from(text, 'latin1').toString('latin1');
  return copy === text ? copy : Buffer.from(text, 'utf16le').toString('utf16le');
}
