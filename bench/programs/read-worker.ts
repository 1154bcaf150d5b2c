/** A thread of the plain read. */
import { parentPort } from 'node:worker_threads';
import { readPart } from './read-part';

parentPort?.on('message', ({ path, start, end }: { path: string; start: number; end: number }) => {
  readPart(path, start, end);
  parentPort?.postMessage('done');
});
