// The options of a submit where the configuration file says nothing of them.
import type { SubmitOptions } from '../../../transfer-service/globus/submission.ts';

export const usualOptions: SubmitOptions = {
  syncLevel: 'checksum',
  verifyChecksum: true,
  encryptData: true,
  preserveTimestamp: false,
  storeBasePathInfo: true,
};
