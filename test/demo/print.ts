// What the demo writes to the terminal.

const isColoured = process.stdout.isTTY === true && process.env.NO_COLOR === undefined;
const paint = (code: string) => (text: string) => (isColoured ? `\u001b[${code}m${text}\u001b[0m` : text);

export const bold = paint('1');
export const dim = paint('2');
export const green = paint('32');
export const red = paint('31');
export const blue = paint('36');

export function heading(text: string): void {
  console.log(`\n${bold(text)}`);
}

export function line(text = ''): void {
  console.log(`  ${text}`);
}

/** One line that is drawn over itself on a terminal, and once in ten steps elsewhere. */
export function progressBar(label: string): { update(part: number, note: string): void; end(): void } {
  let lastStep = -1;
  const draw = (part: number, note: string) => {
    const filled = Math.round(Math.min(1, Math.max(0, part)) * 30);
    const bar = `${'█'.repeat(filled)}${'░'.repeat(30 - filled)}`;
    return `  ${label} ${blue(bar)} ${String(Math.round(part * 100)).padStart(3)} %  ${dim(note)}`;
  };
  return {
    update(part, note) {
      const step = Math.floor(part * 10);
      if (isColoured) process.stdout.write(`\r\u001b[2K${draw(part, note)}`);
      else if (step !== lastStep) console.log(draw(part, note));
      lastStep = step;
    },
    end() {
      if (isColoured) process.stdout.write('\n');
    },
  };
}
