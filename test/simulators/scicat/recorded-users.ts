// The users of the recordings: the service account is an admin, but may delete no job.
import type { ScicatUser } from './types.ts';

export const recordedUsers: readonly ScicatUser[] = [
  { username: 'alice', password: 'alicepw', email: 'alice@your.site', groups: ['p1', 'p2'] },
  { username: 'bob', password: 'bobpw', email: 'bob@your.site', groups: ['p9'] },
  { username: 'ingestor', password: 'ingpw', email: 'ing@your.site', groups: ['ingestor'] },
  { username: 'svcAdmin', password: 'svcpw', email: 'svc@your.site', groups: ['admin'] },
  { username: 'admin', password: 'adminpw', email: 'admin@your.site', groups: ['admin', 'jobdeleters'] },
];
