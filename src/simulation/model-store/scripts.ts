// Which twin stands for which Lua script.
import { scripts } from "../../store/scripts.ts";
import type { Scripts } from "../../store/scripts.ts";
import * as control from "./control-scripts.ts";
import * as entities from "./entity-scripts.ts";
import * as others from "./other-scripts.ts";
import type { Twin } from "./script-types.ts";

export const twins: Readonly<Record<keyof Scripts, Twin>> = {
  adoptSchema: control.adoptSchema,
  dropOlder: control.dropOlder,
  identity: control.identity,
  beginRun: control.beginRun,
  closeCluster: control.closeCluster,
  apply: entities.apply,
  remove: entities.remove,
  known: entities.known,
  read: entities.read,
  putControl: control.putControl,
  putDefinitions: entities.putDefinitions,
  noteDecisions: control.noteDecisions,
  takeLease: control.takeLease,
  releaseLease: control.releaseLease,
  takeTokens: others.takeTokens,
  noteThrottled: others.noteThrottled,
  addEvents: others.addEvents,
  noteFreshness: others.noteFreshness,
  putQuarantined: others.putQuarantined,
  removeQuarantined: others.removeQuarantined,
};

const names = new Map(
  Object.entries(scripts).map(([name, { sha }]) => [sha, name as keyof Scripts] as const),
);

/** The script that clients mean by a hash; undefined when it is none of ours. */
export const scriptOfSha = (sha: string): keyof Scripts | undefined => names.get(sha);
