// The names that a person may want to type next, as the API knows them. An API that is slow or not there has none:
// pressing Tab must never be waited for or scolded.
import { arnId } from "../../ecs/arn.ts";
import { isObject, objects } from "../../ecs/json.ts";
import type { AskClient } from "../client.ts";
import { at, clusterOf, say } from "../resources/fields.ts";
import { unstopped } from "../top/fleet.ts";
import type { Candidate, NamesOf } from "./complete.ts";

/** Nobody reads more than this. */
const most = 200;

export function namesFrom(client: AskClient): NamesOf {
  const nodes = async (document: string, variables: Readonly<Record<string, unknown>>) => {
    try {
      const { list } = await client.request(document, { first: most, ...variables });
      return isObject(list) ? objects(list, "nodes") : [];
    } catch {
      return [];
    }
  };
  return async (kind, cluster): Promise<readonly Candidate[]> => {
    const filter = cluster === undefined ? {} : { cluster };
    switch (kind) {
      case "cluster": {
        const document =
          "query($first: Int) { list: clusters(first: $first) { nodes { name region } } }";
        const found = await nodes(document, {});
        return found.map((each) => ({ word: say(each, "name"), about: say(each, "region") }));
      }
      case "instance": {
        const document = `query($first: Int, $filter: ContainerInstanceFilter) {
          list: containerInstances(filter: $filter, first: $first) { nodes { id ec2InstanceId cluster { name } } }
        }`;
        const found = await nodes(document, { filter });
        return found.map((each) => ({
          word: say(each, "id"),
          about: `${say(each, "ec2InstanceId")} in ${clusterOf(each)}`,
        }));
      }
      case "task": {
        const document = `query($first: Int, $filter: TaskFilter) {
          list: tasks(filter: $filter, first: $first) { nodes { id taskDefinitionArn cluster { name } } }
        }`;
        const found = await nodes(document, { filter: { ...unstopped, ...filter } });
        return found.map((each) => ({
          word: say(each, "id"),
          about: `${arnId(say(each, "taskDefinitionArn"))} in ${clusterOf(each)}`,
        }));
      }
      case "daemon": {
        const document = `query($first: Int, $cluster: String) {
          list: daemons(cluster: $cluster, first: $first) { nodes { name cluster { name } status { phase } } }
        }`;
        const found = await nodes(document, { cluster });
        const isOnly = (name: string) => found.filter((each) => each["name"] === name).length === 1;
        return found.map((each) => {
          const name = say(each, "name");
          const word = isOnly(name) ? name : `${clusterOf(each)}/${name}`;
          return { word, about: say(at(each, "status"), "phase") };
        });
      }
    }
  };
}
