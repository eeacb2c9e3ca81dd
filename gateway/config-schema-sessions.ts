// `sessions:` of the gateway's file: how long somebody who has signed in with a browser stays so.
import { z } from 'zod';
import { count, describe, names } from './config-schema-values.ts';

const minutes = count.max(525_600);
const hours = count.max(8760);

export const sessions = z
  .strictObject({
    idleMinutes: describe(minutes.min(5).default(480), 'it ends when nobody has used it for so long'),
    maxHours: describe(hours.default(24), 'it ends after so long however much it is used'),
    shared: describe(
      z
        .strictObject({
          idleMinutes: describe(minutes.min(5).default(15), 'as above'),
          maxHours: describe(hours.default(8), 'as above'),
          networks: describe(
            names.optional(),
            'where all computers are shared, such as those of the instruments: `10.4.0.0/16`',
          ),
        })
        .prefault({}),
      'on a computer that others use too: by its address, or because the person says so',
    ),
    cacheSeconds: describe(
      z.int().min(0).max(60).default(3),
      'how long one that was looked up counts without another look: as long an ended one may live on where a gateway does not hear of it',
    ),
  })
  .prefault({});
