// Who signs in at the demo's identity provider: three people with different groups.

export type Someone = {
  readonly username: string;
  readonly name: string;
  readonly email: string;
  /** `email_verified`; default: true. */
  readonly emailVerified?: boolean | string;
  readonly groups: readonly string[];
};

export const people: readonly Someone[] = [
  { username: 'olga', name: 'Olga Orlova', email: 'olga@lab.org', groups: ['it', 'beamline-staff'] },
  { username: 'ben', name: 'Ben Bauer', email: 'ben@lab.org', groups: ['beamline-staff'] },
  { username: 'gina', name: 'Gina Gast', email: 'gina@elsewhere.org', groups: [] },
];
