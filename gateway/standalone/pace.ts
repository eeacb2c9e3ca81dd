// Whether a body that is on its way to an app comes fast enough: one that drips would hold a place there for as long as
// its sender likes.
import type { IncomingMessage } from 'node:http';

/** What Kestrel asks for by default too: any line that somebody uploads a file over is many times as fast. */
const leastBytesPerSecond = 240;

/**
 * Tells each time that the client, over `stalledMs` in which nothing but its body was waited for, has sent less than
 * that. While the app does not take what is there, the client may not send, and is not judged.
 */
export function watchPace(request: IncomingMessage, stalledMs: number, onDrip: () => void): void {
  const { socket } = request;
  const leastBytes = (leastBytesPerSecond * stalledMs) / 1000;
  let timer: NodeJS.Timeout | undefined;
  const stop = (): void => clearTimeout(timer);
  const begin = (): void => {
    stop();
    const bytesBefore = socket.bytesRead;
    timer = setTimeout(() => {
      if (socket.bytesRead - bytesBefore < leastBytes) onDrip();
      else begin();
    }, stalledMs);
  };
  request.on('resume', begin).on('pause', stop).once('end', stop).once('close', stop);
}
