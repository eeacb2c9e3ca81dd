// The examples of docs/assertions.md as programs: the page's own lines, with the address of the key set put in, and
// around them what reads one assertion a line and prints `ok <username>` or `refused <why>`.
import { type ChildProcess, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { fileURLToPath } from 'node:url';
import { findPart, golangJwt, pyjwt } from '../real-parts/find.ts';

export type Check = {
  /** Its verdict, in one line. */
  ask(assertion: string): Promise<string>;
  stop(): void;
};

export type Language = 'python' | 'go' | 'js';

const page = readFileSync(new URL('../../docs/assertions.md', import.meta.url), 'utf8');
const pageJwksUrl = 'https://lab.org/sso/jwks.json';

/** The only block of that language on the page. */
export function exampleOf(language: Language): string {
  const [found, ...others] = [...page.matchAll(new RegExp(`^\`\`\`${language}\\n(.*?)^\`\`\`$`, 'gms'))];
  if (found?.[1] === undefined || others.length > 0) throw new Error(`not one block of ${language}`);
  return found[1];
}

/** @param jwksUrl of a running gateway. */
export function startCheck(language: Language, jwksUrl: string): Check {
  const code = exampleOf(language);
  if (code.split(pageJwksUrl).length !== 2) throw new Error('the example names its key set once');
  const folder = mkdtempSync(join(tmpdir(), `beamgate-check-${language}-`));
  const child = programs[language](folder, code.replace(pageJwksUrl, jwksUrl));
  return conversation(child, folder);
}

const programs: Readonly<Record<Language, (folder: string, code: string) => ChildProcess>> = {
  python: (folder, code) => {
    const file = join(folder, 'check.py');
    writeFileSync(file, `${code}${pythonLoop}`);
    return run(needed(findPart(pyjwt)), [file]);
  },
  go: (folder, code) => {
    const sources = join(folder, 'sources');
    mkdirSync(sources);
    writeFileSync(join(sources, 'check.go'), `package main\n\n${code}`);
    writeFileSync(join(sources, 'main.go'), goLoop);
    const program = join(folder, 'check');
    const built = spawnSync(needed(findPart(golangJwt)), [sources, program], { encoding: 'utf8' });
    if (built.status !== 0) throw new Error(`the Go example does not build: ${built.stderr}`);
    return run(program, []);
  },
  js: (folder, code) => {
    writeFileSync(join(folder, 'check.mjs'), code);
    writeFileSync(join(folder, 'main.mjs'), nodeLoop);
    symlinkSync(fileURLToPath(new URL('../../node_modules', import.meta.url)), join(folder, 'node_modules'));
    return run(process.execPath, [join(folder, 'main.mjs')]);
  },
};

// Anything but the library's own error ends the program, and fails the test.
const pythonLoop = `
import sys
for line in sys.stdin:
    try:
        print("ok", check(line.rstrip("\\n"))["username"], flush=True)
    except jwt.PyJWTError as error:
        print("refused", type(error).__name__, flush=True)
`;

const goLoop = `package main

import (
	"bufio"
	"fmt"
	"os"
	"strings"
)

func main() {
	if keysErr != nil {
		panic(keysErr)
	}
	lines := bufio.NewReader(os.Stdin)
	for {
		line, end := lines.ReadString('\\n')
		if end != nil {
			return
		}
		claims, err := check(strings.TrimSuffix(line, "\\n"))
		if err != nil {
			fmt.Println("refused", strings.ReplaceAll(err.Error(), "\\n", " "))
			continue
		}
		fmt.Println("ok", claims["username"])
	}
}
`;

const nodeLoop = `
import { createInterface } from 'node:readline';
import { errors } from 'jose';
import { check } from './check.mjs';
for await (const line of createInterface({ input: process.stdin })) {
  try {
    console.log('ok', (await check(line)).username);
  } catch (error) {
    if (!(error instanceof errors.JOSEError)) throw error;
    console.log('refused', error.code);
  }
}
`;

function run(command: string, args: readonly string[]): ChildProcess {
  return spawn(command, args, { stdio: ['pipe', 'pipe', 'inherit'] });
}

function conversation(child: ChildProcess, folder: string): Check {
  const { stdin, stdout } = child;
  if (stdin === null || stdout === null) throw new Error('a program without input or output');
  const lines = createInterface({ input: stdout })[Symbol.asyncIterator]();
  return {
    ask: async (assertion) => {
      stdin.write(`${assertion}\n`);
      const { done, value } = await lines.next();
      if (done === true) throw new Error(`the program ended at ${JSON.stringify(assertion)}`);
      return value;
    },
    stop: () => {
      child.kill();
      rmSync(folder, { recursive: true, force: true });
    },
  };
}

function needed(path: string | undefined): string {
  if (path === undefined) throw new Error('a real part is missing');
  return path;
}
