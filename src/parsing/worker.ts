/** The worker's file: piscina calls these by name. */
export { checkBatches, hashBlocksOfRange, scanRange } from './tasks';
