// Loaded before the service (`node --import`): its clock jumps to what the file that BEAMGATE_TEST_CLOCK names says, in
// milliseconds ahead, at each SIGUSR2. The monotonic clock goes on as ever, as a machine's does.
import { readFileSync } from 'node:fs';

const now = Date.now;
const file = process.env.BEAMGATE_TEST_CLOCK ?? '';
let aheadMs = 0;

Date.now = () => now() + aheadMs;
process.on('SIGUSR2', () => {
  aheadMs = Number(readFileSync(file, 'utf8'));
});
