// One container instance as a tile. Drawn anew only when what it shows has changed: there may be a thousand.
import { Component } from "preact";
import type { Load } from "../derive.ts";
import { instanceName } from "../feed.ts";
import type { Instance } from "../model.ts";

export interface TileProps {
  readonly instance: Instance;
  readonly load: Load;
  /** Opens the details. */
  readonly onOpen: (arn: string) => void;
}

/** Where an instance stands, as one word for style. */
function standing({ status, agentConnected }: Instance): "good" | "busy" | "bad" {
  if (status === "REGISTRATION_FAILED") return "bad";
  if (status !== "ACTIVE") return "busy";
  return agentConnected ? "good" : "bad";
}

function statusText({ status, agentConnected }: Instance): string {
  return agentConnected ? status : `${status === "ACTIVE" ? "" : `${status}, `}agent off`;
}

interface Mark {
  readonly name: string;
  readonly status: string;
}

const daemonMarks = (daemons: string): readonly Mark[] =>
  daemons === ""
    ? []
    : daemons.split(",").map((text) => {
        const space = text.lastIndexOf(" ");
        return { name: text.slice(0, space), status: text.slice(space + 1) };
      });

export class InstanceTile extends Component<TileProps> {
  override shouldComponentUpdate({ instance, load, onOpen }: TileProps): boolean {
    const shown = this.props;
    return (
      instance !== shown.instance ||
      onOpen !== shown.onOpen ||
      load.running !== shown.load.running ||
      load.moving !== shown.load.moving ||
      load.daemons !== shown.load.daemons
    );
  }

  override render() {
    const { instance, load, onOpen } = this.props;
    const name = instanceName(instance);
    const status = statusText(instance);
    const marks = daemonMarks(load.daemons);
    const daemons = marks.map((mark) => `${mark.name} ${mark.status}`).join(", ");
    const tasks = `${load.running} running${load.moving > 0 ? `, ${load.moving} on the move` : ""}`;
    const title = `${name}: ${instance.status}, agent ${instance.agentConnected ? "connected" : "disconnected"}, ${tasks}${daemons ? `, daemons ${daemons}` : ""}`;
    return (
      <button
        type="button"
        class="tile"
        data-standing={standing(instance)}
        data-arn={instance.arn}
        aria-label={title}
        title={title}
        onClick={() => onOpen(instance.arn)}
      >
        <span class="tile-name">{name}</span>
        <span class="tile-status">{status}</span>
        <span class="tile-tasks">
          {load.running}
          {load.moving > 0 && <small>+{load.moving}</small>}
        </span>
        <span class="tile-daemons">
          {marks.map((mark) => (
            <i key={`${mark.name} ${mark.status}`} data-running={mark.status === "RUNNING"} />
          ))}
        </span>
      </button>
    );
  }
}
