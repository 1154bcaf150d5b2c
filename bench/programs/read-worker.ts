/** A thread of the reads that a draw is compared with. */
import { parentPort } from 'node:worker_threads';
import { readPart, type ReadOrder } from './scan';

parentPort?.on('message', (order: ReadOrder) => {
  readPart(order);
  parentPort?.postMessage('done');
});
