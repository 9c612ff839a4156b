// The names that a person may want to type next, as the API knows them. An API that is slow or not there has none:
// pressing Tab must never be waited for or scolded.
import { arnId } from "../../ecs/arn.ts";
import type { JsonObject } from "../../ecs/json.ts";
import { listed } from "../asked.ts";
import type { Listed } from "../asked.ts";
import type { AskClient } from "../client.ts";
import { readPage } from "../reading.ts";
import { clusterOf } from "../resources/fields.ts";
import { unstopped } from "../top/fleet.ts";
import type { Candidate, NamesOf } from "./complete.ts";

/** Nobody reads more than this. */
const most = 200;

const inCluster = { name: true } as const;
const asked = {
  cluster: listed("clusters", { name: true, region: true }),
  instance: listed("containerInstances", { id: true, ec2InstanceId: true, cluster: inCluster }),
  task: listed("tasks", { id: true, taskDefinitionArn: true, cluster: inCluster }),
  daemon: listed("daemons", { name: true, cluster: inCluster, status: { phase: true } }),
};

export function namesFrom(client: AskClient): NamesOf {
  const nodes = async <Node>(list: Listed<Node>, filter: JsonObject): Promise<readonly Node[]> => {
    try {
      return (await readPage(client, list, { filter, first: most, after: null })).nodes;
    } catch {
      return [];
    }
  };
  return async (kind, cluster): Promise<readonly Candidate[]> => {
    const filter = cluster === undefined ? {} : { cluster };
    switch (kind) {
      case "cluster": {
        const found = await nodes(asked.cluster, {});
        return found.map(({ name, region }) => ({ word: name, about: region }));
      }
      case "instance": {
        const found = await nodes(asked.instance, filter);
        return found.map((each) => ({
          word: each.id,
          about: `${each.ec2InstanceId ?? ""} in ${clusterOf(each)}`,
        }));
      }
      case "task": {
        const found = await nodes(asked.task, { ...unstopped, ...filter });
        return found.map((each) => ({
          word: each.id,
          about: `${arnId(each.taskDefinitionArn)} in ${clusterOf(each)}`,
        }));
      }
      case "daemon": {
        const found = await nodes(asked.daemon, filter);
        const isOnly = (name: string) => found.filter((each) => each.name === name).length === 1;
        return found.map((each) => {
          const { name, status } = each;
          return { word: isOnly(name) ? name : `${clusterOf(each)}/${name}`, about: status.phase };
        });
      }
    }
  };
}
