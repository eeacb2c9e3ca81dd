#!/usr/bin/env node
// Starts the `beamgate` command: from the TypeScript source in a checkout, from compiled JavaScript in an installed
// package. Node refuses to strip types below node_modules, so the package contains no TypeScript.
import { existsSync } from 'node:fs';

const source = new URL('../cli/beamgate.ts', import.meta.url);
const compiled = new URL('../dist/cli/beamgate.js', import.meta.url);

await import((existsSync(source) ? source : compiled).href);
