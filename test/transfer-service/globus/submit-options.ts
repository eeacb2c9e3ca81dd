// How tasks are submitted where the file says nothing of it.
import type { SubmitOptions } from '../../../transfer-service/globus/submission.ts';

export const usualOptions: SubmitOptions = {
  syncLevel: 'checksum',
  verifyChecksum: true,
  encryptData: true,
  preserveTimestamp: false,
  storeBasePathInfo: true,
};
