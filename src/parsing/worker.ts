/** The worker's file: piscina calls these by name. */
export { checkBatches, scanRange } from './tasks';
