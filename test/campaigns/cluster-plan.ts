/** The kinds of faults of a cluster: what each does, and how it is mended. */
import type { Random } from '../support/memory-file';
import type { PatroniCluster, Part } from '../support/patroni';
import type { CampaignCentral } from './cluster-central';
import { FullDisk } from './cluster-disk';

/** A fault with its victim chosen. */
export interface Fault {
  /** What it befalls: two faults at once have different victims. */
  readonly victims: readonly string[];
  readonly inject: () => Promise<void> | void;
  readonly mend: () => Promise<void> | void;
  /** Whether it has had an effect, known once it is mended; left out by those that always have one. */
  readonly hasStruck?: () => boolean;
}

export interface Setting {
  readonly cluster: PatroniCluster;
  readonly centrals: readonly CampaignCentral[];
  readonly primary: number;
  readonly random: Random;
}

type Kind = (setting: Setting) => Fault;

const NODES = [0, 1, 2];

function pick<T>({ random }: Setting, list: readonly T[]): T {
  const found = list[Math.floor(random() * list.length)];
  if (found === undefined) throw new Error('nothing to choose from');
  return found;
}

function replicas({ primary }: Setting): number[] {
  return NODES.filter((node) => node !== primary);
}

function killed(choose: (setting: Setting) => readonly number[]): Kind {
  return (setting) => {
    const { cluster } = setting;
    const nodes = choose(setting);
    return {
      victims: nodes.map((node) => `node${String(node)}`),
      inject: async () => {
        await Promise.all(nodes.map((node) => cluster.killPart({ node })));
      },
      mend: () => {
        for (const node of nodes) cluster.startPart({ node });
      },
    };
  };
}

function frozen(choose: (setting: Setting) => readonly Part[]): Kind {
  return (setting) => {
    const { cluster } = setting;
    const parts = choose(setting);
    return {
      victims: parts.map((part) => (part === 'etcd' ? part : `node${String(part.node)}`)),
      inject: () => {
        for (const part of parts) cluster.freeze(part);
      },
      mend: () => {
        for (const part of parts) cluster.resume(part);
      },
    };
  };
}

function ofCentral(
  inject: (central: CampaignCentral, setting: Setting) => Promise<void> | void,
  mend: (central: CampaignCentral) => void,
): Kind {
  return (setting) => {
    const central = pick(setting, setting.centrals);
    return {
      victims: [`central${String(setting.centrals.indexOf(central))}`],
      inject: () => inject(central, setting),
      mend: () => {
        mend(central);
      },
    };
  };
}

const restart = (central: CampaignCentral): void => {
  central.start();
};
const heal = (central: CampaignCentral): void => {
  central.heal();
};

export const KINDS = {
  'kill -9: primary': killed(({ primary }) => [primary]),
  'kill -9: PostgreSQL of the primary': ({ cluster, primary }) => ({
    victims: [`node${String(primary)}`],
    inject: () => cluster.killPart({ node: primary, postgresOnly: true }),
    mend: () => undefined,
  }),
  'kill -9: a replica': killed((setting) => [pick(setting, replicas(setting))]),
  'kill -9: both replicas': killed(replicas),
  'kill -9: etcd': ({ cluster }) => ({
    victims: ['etcd'],
    inject: () => cluster.killPart('etcd'),
    mend: () => {
      cluster.startPart('etcd');
    },
  }),
  'SIGSTOP: primary': frozen(({ primary }) => [{ node: primary }]),
  'SIGSTOP: a replica': frozen((setting) => [{ node: pick(setting, replicas(setting)) }]),
  'SIGSTOP: both replicas': frozen((setting) => replicas(setting).map((node) => ({ node }))),
  'SIGSTOP: etcd': frozen(() => ['etcd']),
  'kill -9: a central': ofCentral((central) => central.kill(), restart),
  'SIGSTOP: a central': ofCentral(
    (central) => {
      central.freeze();
    },
    (central) => {
      central.resume();
    },
  ),
  'network, central to nodes: reset': ofCentral((central) => {
    central.cut('reset');
  }, heal),
  'network, central to nodes: mute': ofCentral((central) => {
    central.cut('mute');
  }, heal),
  'network, central to primary: mute': ofCentral((central, { primary }) => {
    central.cut('mute', primary);
  }, heal),
  'disk full: primary': ({ cluster, primary }) => {
    const disk = new FullDisk(cluster, primary);
    return {
      victims: [`node${String(primary)}`],
      inject: () => disk.fill(),
      mend: () => disk.free(),
      hasStruck: () => disk.hasStruck,
    };
  },
} satisfies Readonly<Record<string, Kind>>;

export type KindName = keyof typeof KINDS;
export const KIND_NAMES = Object.keys(KINDS) as KindName[];
/** After which another node becomes the primary, if they last. */
export const FAILOVER_KINDS: readonly KindName[] = ['kill -9: primary', 'SIGSTOP: primary'];

export type Planned = KindName | 'pair';

/** @returns two of different kinds whose victims differ */
export function pairOf(setting: Setting): { names: readonly KindName[]; faults: readonly Fault[] } {
  for (;;) {
    const names = [pick(setting, KIND_NAMES), pick(setting, KIND_NAMES)];
    if (names[0] === names[1]) continue;
    const faults = names.map((name) => KINDS[name](setting));
    const victims = faults.flatMap((fault) => fault.victims);
    if (new Set(victims).size === victims.length) return { names, faults };
  }
}
