import { agency } from './agency';
import { board } from './board';
import { cluster } from './cluster';
import { clusterScale } from './cluster-scale';
import { coldStart } from './cold-start';
import { connections } from './connections';
import { dataset, datasetTen } from './dataset';
import { draw } from './draw';
import type { Figure } from './figure';
import { ingest } from './ingest';
import { latency } from './latency';
import { nodes } from './nodes';
import { policy } from './policy';
import { recovery } from './recovery';
import { scale } from './scale';
import { winners } from './winners';

/** All figures, in the order of docs/PERFORMANCE.md. */
export const FIGURES: readonly Figure[] = [
  ingest,
  latency,
  policy,
  draw,
  winners,
  connections,
  scale,
  recovery,
  agency,
  coldStart,
  dataset,
  datasetTen,
  nodes,
  board,
  cluster,
  clusterScale,
];
