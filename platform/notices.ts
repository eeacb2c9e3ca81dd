// What the replicas of a service tell each other at once: a session was ended, a key was withdrawn. A notice may be lost;
// whoever hears them keeps nothing for longer than it can bear.
import { EventEmitter } from 'node:events';

export type Notices = {
  /** They are heard from now on, or could not be heard at the first try. */
  readonly opened: Promise<void>;
  /** Reaches every subscriber of the topic, in this process and in every other on the same database. */
  publish(topic: string, text: string): Promise<void>;
  subscribe(topic: string, listener: (text: string) => void): void;
  /** Told where notices may have been lost: what they would have taken away is to be forgotten. */
  onGap(listener: () => void): void;
  close(): Promise<void>;
};

/** For a database that is one process's own, or whose other processes bear the delay. */
export function noticesInProcess(): Notices {
  const topics = new EventEmitter();
  return {
    opened: Promise.resolve(),
    publish: async (topic, text) => void topics.emit(topic, text),
    subscribe: (topic, listener) => void topics.on(topic, listener),
    onGap: () => undefined,
    close: async () => void topics.removeAllListeners(),
  };
}
