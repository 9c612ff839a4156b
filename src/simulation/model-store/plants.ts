// Bugs that a test may plant in the model of the store, to see that the checkers catch them.

export const storePlants = {
  versionGuardOff: "an older version of an entity replaces a newer one",
  finalGuardOff: "what has ended comes back to life by a newer event",
  fencingIgnored: "writes are taken under a lease that is not held any more",
  expectedIgnored: "a control write replaces a record that the writer has not read",
  leaseForAll: "a lease that another process holds is handed out as well",
  fencingTokenStays: "a new holder of a lease gets the token of the one before",
  publishBesideWrite: "one change in five is written, and neither logged nor announced",
  tombstonesDropped: "a removal leaves no ban, so a late event brings the entity back",
  differenceDropped: "the log forgets what was before a change",
  trimTooMuch: "the log forgets entries that there is room for",
  seqReused: "a restart goes on with numbers that were handed out before",
  removeAnyVersion: "an entity is removed although a newer version of it came meanwhile",
  tokensForAll: "the rate budget is never used up",
} as const;

export type StorePlant = keyof typeof storePlants;
