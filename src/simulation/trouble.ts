// Makes things go wrong in a world for a while, as often as was drawn, and mends them at the end. Every disturbance is
// stated as it happens.
import { seededRandom } from "../random.ts";
import type { Random } from "../random.ts";
import { noFaults } from "../simulator/faults.ts";
import {
  deregisterInstance,
  registerInstance,
  setAgentConnected,
  setInstanceState,
  terminateInstance,
} from "../simulator/instance-lifecycle.ts";
import { instanceChanged } from "../simulator/events.ts";
import { beginTermination, interruptSpot } from "../simulator/lifecycle-hooks.ts";
import { machineTypes } from "../simulator/machine-types.ts";
import { deploy, setDesiredCount } from "../simulator/services.ts";
import { exitContainers, stopTask } from "../simulator/task-lifecycle.ts";
import { isRegistered } from "../simulator/world.ts";
import type { ContainerInstance, Task, World } from "../simulator/world.ts";
import type { Cast, Member, Stage } from "./cast.ts";
import { hookName } from "./draw.ts";
import { disturbances } from "./faults.ts";
import type { Disturbance } from "./faults.ts";
import { tiers } from "./fleet.ts";
import { calmNetwork } from "./network.ts";

/** Most container instances of one cluster. */
const instancesMax = 12;

/** Does it once, if there is something to do it to, and then says to what. */
type Disturb = (random: Random, happened: (target: string, detail?: string) => void) => void;

export interface Trouble {
  /** Nothing goes wrong from now on, and what was taken away comes back. */
  end(): void;
}

export function makeTrouble(stage: Stage, cast: Cast): Trouble {
  const { drawn, time, network, aws, tell } = stage;
  const { faults } = drawn;
  const mends = new Set<() => void>();
  let isOver = false;

  /** Undone after a while, or at the end of all trouble. */
  const forAWhile = (random: Random, longestMs: number, undo: () => void): void => {
    const mend = () => {
      if (mends.delete(mend)) undo();
    };
    mends.add(mend);
    time.at(time.now + longestMs * random.next() ** 2, mend);
  };

  aws.engine.setFaults({
    ...noFaults,
    throttleRatio: faults.ecsThrottle,
    errorRatio: faults.ecsError,
    startFailureRatio: faults.startFailure,
    startRefusalRatio: faults.startRefusal,
    readStalenessMs: faults.ecsStaleMs,
    silentAttributeRatio: faults.silentAttribute,
    eventDuplicateRatio: faults.eventDuplicate,
    eventDelayRatio: faults.eventDelay,
    eventDelayMs: drawn.eventDelayMs,
    eventReorderRatio: faults.eventReorder,
    eventDropRatio: faults.eventDrop,
  });
  const ofEcs = {
    refused: faults.ecsRefused,
    lostRequest: faults.ecsLostRequest,
    lostReply: faults.ecsLostReply,
    slow: faults.ecsSlow,
    slowMs: drawn.slowMs,
  };
  const ofSqs = {
    refused: faults.sqsRefused,
    lostRequest: faults.sqsLostRequest,
    lostReply: faults.sqsLostReply,
    slow: faults.sqsSlow,
    slowMs: drawn.slowMs,
  };
  const ofRedis = { ...calmNetwork, slow: faults.redisSlow, slowMs: drawn.slowMs };
  network.faults = (server) => (server === "redis" ? ofRedis : server === "sqs" ? ofSqs : ofEcs);

  const ways: Readonly<Record<Disturbance, Disturb>> = {
    ...toFleet(stage, forAWhile),
    ...toAccount(stage, forAWhile),
    ...toProcesses(stage, cast, forAWhile),
    ...toRedis(stage, cast, forAWhile),
  };
  for (const fault of disturbances) {
    const perMinute = faults[fault];
    if (perMinute <= 0) continue;
    const random = seededRandom(`${drawn.seed} ${fault}`);
    const happened = (target: string, detail?: string) =>
      tell({ kind: "fault", fault, target, detail });
    const next = () => {
      const gapMs = (-Math.log(1 - random.next()) * 60_000) / perMinute;
      time.at(time.now + gapMs, () => {
        if (isOver) return;
        ways[fault](random, happened);
        next();
      });
    };
    next();
  }
  return {
    end: () => {
      isOver = true;
      aws.engine.setFaults(noFaults);
      network.faults = () => calmNetwork;
      network.mend();
      for (const mend of mends) mend();
      cast.heal();
    },
  };
}

type ForAWhile = (random: Random, longestMs: number, undo: () => void) => void;

const registered = (world: World): ContainerInstance[] =>
  [...world.clusters.values()].flatMap(({ instances }) =>
    [...instances.values()].filter(isRegistered),
  );

const liveTasks = (world: World): Task[] => registered(world).flatMap(({ tasks }) => [...tasks]);

/** One of them, or nothing when there is none. */
const pickOf = <T>(random: Random, items: readonly T[]): T | undefined =>
  items.length > 0 ? random.pick(items) : undefined;

function toFleet({ aws: { engine } }: Stage, forAWhile: ForAWhile) {
  const { world } = engine;
  const onInstance =
    (
      wanted: (instance: ContainerInstance) => boolean,
      act: (now: number, instance: ContainerInstance, random: Random) => void,
    ): Disturb =>
    (random, happened) => {
      const instance = pickOf(random, registered(world).filter(wanted));
      if (!instance) return;
      happened(instance.id);
      engine.act((_, now) => act(now, instance, random));
    };
  const onTask =
    (
      wanted: (task: Task) => boolean,
      act: (now: number, task: Task, random: Random) => void,
    ): Disturb =>
    (random, happened) => {
      const task = pickOf(random, liveTasks(world).filter(wanted));
      if (!task) return;
      happened(task.id, task.group);
      engine.act((_, now) => act(now, task, random));
    };
  const isActive = ({ status }: ContainerInstance) => status === "ACTIVE";
  const join: Disturb = (random, happened) => {
    const cluster = random.pick([...world.clusters.values()]);
    if ([...cluster.instances.values()].filter(isRegistered).length >= instancesMax) return;
    const attributes = new Map([["tier", random.pick(tiers)]]);
    const type = random.pick(machineTypes);
    const instance = engine.act((_, now) =>
      registerInstance(world, now, { cluster, type, attributes }),
    );
    happened(instance.id);
  };
  return {
    instanceJoins: join,
    instanceDrains: onInstance(
      () => true,
      (now, instance) =>
        setInstanceState(world, now, instance, isActive(instance) ? "DRAINING" : "ACTIVE"),
    ),
    instanceTerminates: onInstance(
      () => true,
      (now, instance) => terminateInstance(world, now, instance),
    ),
    instanceReturns: onInstance(
      ({ machine }) => machine.state === "running",
      (now, instance, random) => {
        const { cluster, machine } = instance;
        const type = machineTypes.find(({ name }) => name === machine.instanceType);
        if (!type) return;
        deregisterInstance(world, now, instance);
        const attributes = new Map([["tier", random.pick(tiers)]]);
        registerInstance(world, now, { cluster, type, attributes, machine });
      },
    ),
    spotInterrupted: onInstance(isActive, (now, instance, random) =>
      interruptSpot(world, now, instance, random.int(5000, 120_000)),
    ),
    hookWaits: onInstance(isActive, (now, instance, random) => {
      const request = { hook: hookName, group: "asg", heartbeatMs: random.int(30_000, 90_000) };
      beginTermination(world, now, instance, request);
    }),
    agentFlaps: onInstance(
      ({ agentConnected }) => agentConnected,
      (now, instance, random) => {
        setAgentConnected(world, now, instance, false);
        forAWhile(random, 60_000, () =>
          engine.act((_, later) => setAgentConnected(world, later, instance, true)),
        );
      },
    ),
    roomIsGone: onInstance(
      ({ refuses }) => refuses === undefined,
      (_, instance, random) => {
        instance.refuses = random.pick(["RESOURCE:MEMORY", "RESOURCE:CPU", "RESOURCE:PORTS"]);
        forAWhile(random, 60_000, () => {
          instance.refuses = undefined;
        });
      },
    ),
    taskCrashes: onTask(
      ({ lastStatus, instance }) => lastStatus === "RUNNING" && instance?.agentConnected === true,
      (now, task, random) =>
        exitContainers(world, now, task, task.containers, random.pick([0, 1, 137])),
    ),
    taskStuck: onTask(
      // One that is to stop goes no further, and is STOPPED when its agent is there.
      ({ lastStatus, desiredStatus }) =>
        desiredStatus === "RUNNING" && (lastStatus === "PENDING" || lastStatus === "PROVISIONING"),
      (now, task, random) => {
        task.plan += 1;
        const step = task.lastStatus === "PENDING" ? "activating" : "pending";
        const at = now + random.int(10_000, 300_000);
        world.due.add(at, { kind: "task", task, step, plan: task.plan });
      },
    ),
    taskStopped: onTask(
      ({ desiredStatus }) => desiredStatus === "RUNNING",
      (now, task) => stopTask(world, now, task, "UserInitiated", "somebody stopped it"),
    ),
    taskUnhealthy: onTask(
      ({ lastStatus, healthStatus }) => lastStatus === "RUNNING" && healthStatus !== "UNHEALTHY",
      (_, task, random) => {
        task.healthStatus = "UNHEALTHY";
        forAWhile(random, 120_000, () => {
          task.healthStatus = "HEALTHY";
        });
      },
    ),
    attributeChanges: onInstance(
      () => true,
      (now, instance, random) => {
        instance.attributes.set("tier", random.pick(tiers));
        instanceChanged(world, now, instance);
      },
    ),
    serviceChanges: (random, happened) => {
      const services = [...world.clusters.values()].flatMap((each) => [...each.services.values()]);
      const service = pickOf(random, services);
      const definition = service?.deployments[0]?.definition;
      if (!service || !definition) return;
      happened(service.name);
      engine.act((_, now) => {
        if (random.chance(0.3)) deploy(world, now, service, definition);
        else setDesiredCount(world, now, service, random.int(0, 6));
      });
    },
  } satisfies Partial<Record<Disturbance, Disturb>>;
}

/** What our role is allowed to call, of what it calls. */
const permissions = [
  ["StartTask", "RunTask"],
  ["StopTask"],
  ["ListTasks"],
  ["DescribeTasks"],
  ["ListContainerInstances", "DescribeContainerInstances"],
  ["DescribeTaskDefinition"],
] as const;

function toAccount({ aws: { denied } }: Stage, forAWhile: ForAWhile) {
  return {
    permissionTaken: (random, happened) => {
      const operations = random.pick(permissions);
      happened(operations.join(" and "));
      for (const operation of operations) denied.add(operation);
      forAWhile(random, 120_000, () => {
        for (const operation of operations) denied.delete(operation);
      });
    },
  } satisfies Partial<Record<Disturbance, Disturb>>;
}

function toProcesses({ network }: Stage, cast: Cast, forAWhile: ForAWhile) {
  const onMember =
    (act: (member: Member, random: Random) => void): Disturb =>
    (random, happened) => {
      const running = [...cast.members].filter(({ process }) => process.state === "running");
      const member = pickOf(random, running);
      if (!member) return;
      happened(member.process.name);
      act(member, random);
    };
  const cut = (server: "redis" | "ecs" | "sqs") =>
    onMember(({ process }, random) =>
      network.cutOff(process, server, random.int(100, 5000) * (random.chance(0.3) ? 6 : 1)),
    );
  return {
    processKilled: onMember((member) => cast.kill(member)),
    allKilled: (_, happened) => {
      happened(`${cast.members.size} processes`);
      for (const member of cast.members) cast.kill(member);
    },
    processStopped: onMember((member) => cast.stop(member)),
    processPaused: onMember(({ process }, random) => {
      process.pause();
      forAWhile(random, 40_000, () => process.wake());
    }),
    clockJumps: onMember(({ process }, random) => {
      const ms = random.pick([1000, 30_000, 3_600_000, 86_400_000]) * random.next();
      process.jump(Math.round(random.chance(0.5) ? ms : -ms));
    }),
    redisCutOff: cut("redis"),
    ecsCutOff: cut("ecs"),
    sqsCutOff: cut("sqs"),
  } satisfies Partial<Record<Disturbance, Disturb>>;
}

function toRedis({ redis }: Stage, cast: Cast, forAWhile: ForAWhile) {
  let isAway = false;
  const lost = (random: Random) => (random.chance(0.5) ? random.int(1, 1000) : 0);
  return {
    redisRestarts: (random, happened) => {
      if (isAway) return;
      const loseMs = lost(random);
      happened("redis", `${loseMs} ms lost`);
      redis.restart({ loseMs });
    },
    replicaComes: (_, happened) => {
      happened("redis");
      redis.renameHistory();
    },
    redisWiped: (_, happened) => {
      if (isAway) return;
      happened("redis");
      redis.wipe();
    },
    redisAway: (random, happened) => {
      if (isAway) return;
      isAway = true;
      const loseMs = lost(random);
      happened("redis", `${loseMs} ms lost`);
      redis.stop({ loseMs });
      forAWhile(random, 20_000, () => {
        isAway = false;
        redis.start();
      });
    },
    connectionReset: (random, happened) => {
      const member = pickOf(random, [...cast.members]);
      if (!member) return;
      happened(member.process.name);
      redis.cut(member.process.name);
    },
  } satisfies Partial<Record<Disturbance, Disturb>>;
}
