// Colours for people: which words are good, which are not, and how a terminal is told. Decides by words alone; pure.

export type Tone = "good" | "busy" | "bad" | "dim" | "strong" | "inverse";

/** Colours a text, or leaves it as it is where nobody would see them. */
export type Paint = (tone: Tone, text: string) => string;

const codes: Readonly<Record<Tone, readonly [number, number]>> = {
  good: [32, 39],
  busy: [33, 39],
  bad: [31, 39],
  dim: [2, 22],
  strong: [1, 22],
  inverse: [7, 27],
};

export const plainPaint: Paint = (_, text) => text;

export const colourPaint: Paint = (tone, text) => {
  const [on, off] = codes[tone];
  return text === "" ? text : `\u001b[${on}m${text}\u001b[${off}m`;
};

/** ECS's and Longshore's words by what they mean to whoever is on duty. Words that are not here stay plain. */
const tones: Readonly<Record<string, Tone>> = {
  RUNNING: "good",
  ACTIVE: "good",
  HEALTHY: "good",
  SUCCEEDED: "good",
  connected: "good",
  healthy: "good",
  PROVISIONING: "busy",
  PENDING: "busy",
  ACTIVATING: "busy",
  DEACTIVATING: "busy",
  STOPPING: "busy",
  DEPROVISIONING: "busy",
  DRAINING: "busy",
  REGISTERING: "busy",
  DEREGISTERING: "busy",
  STARTING: "busy",
  WAITING: "busy",
  ROLLING_OUT: "busy",
  PAUSED: "busy",
  DELETING: "busy",
  STOPPED: "dim",
  INACTIVE: "dim",
  EXCLUDED: "dim",
  SKIPPED: "dim",
  UNHEALTHY: "bad",
  FAILED: "bad",
  FAILING: "bad",
  STUCK: "bad",
  REGISTRATION_FAILED: "bad",
  disconnected: "bad",
  unhealthy: "bad",
};

export function toneOfWord(word: string): Tone | undefined {
  return Object.hasOwn(tones, word) ? tones[word] : undefined;
}

/** What decides about colours: two variables that people set everywhere, and what stdout is. */
export interface ColourWishes {
  readonly forceColor: string | undefined;
  readonly noColor: string | undefined;
  readonly term: string | undefined;
  readonly isTerminal: boolean;
}

/** FORCE_COLOR counts most, then NO_COLOR; then a terminal that is not dumb has colours and nothing else has. */
export function wantsColours({ forceColor, noColor, term, isTerminal }: ColourWishes): boolean {
  if (forceColor !== undefined && forceColor !== "") return !/^(0|false)$/.test(forceColor);
  if (noColor !== undefined && noColor !== "") return false;
  return isTerminal && term !== "dumb";
}
