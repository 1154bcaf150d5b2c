/** The model of an engine for several centrals keeps the contract, so the contract can be tested. */
import { MemoryEngine, MemoryPlace } from '../support/memory-engine';
import { describeEngine } from './conformance';

describeEngine('memory', { isShared: true }, () => {
  const place = new MemoryPlace();
  return { open: () => Promise.resolve(new MemoryEngine(place)) };
});
