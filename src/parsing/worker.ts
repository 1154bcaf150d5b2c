/** The worker's file: piscina calls these by name. */
export { auditRange } from './audit-range';
export { checkBatches } from './check-batches';
