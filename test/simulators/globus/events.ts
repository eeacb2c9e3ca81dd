// The text that Globus writes into an error event: which server, which file, which command, what it answered.
import type { Paths } from './steps.ts';
import type { Trouble } from './task.ts';
import type { GlobusCollection } from './types.ts';

/** @see https://docs.globus.org/api/transfer/task_events */
export function errorDetails(
  { source, destination }: { readonly source: GlobusCollection; readonly destination: GlobusCollection },
  { code, description, side = 'source' }: Trouble,
  paths: Paths,
): string {
  const collection = side === 'source' ? source : destination;
  const path = paths[side];
  return [
    'Error (transfer)',
    `Endpoint: ${collection.name} (${collection.id})`,
    'Server: 127.0.0.1:443',
    `File: ${path}`,
    `Command: ${side === 'source' ? 'RETR' : 'STOR'} ${path}`,
    'Message: Fatal FTP Response',
    '---',
    `Details: 550-GlobusError: v=1 c=${code}\\r\\n550-GridFTP-Error-String: ${description}\\r\\n550 End.\\r\\n`,
    '',
  ].join('\n');
}
