// Loaded before the service where memory is measured: what lives in it, once all that is garbage has been collected, at
// its most. Needs --expose-gc.
const everyMs = 200;
let mostBytes = 0;

setInterval(() => {
  globalThis.gc?.();
  const { heapUsed, arrayBuffers } = process.memoryUsage();
  if (heapUsed + arrayBuffers <= mostBytes) return;
  mostBytes = heapUsed + arrayBuffers;
  process.send?.({ liveBytes: mostBytes });
}, everyMs);
