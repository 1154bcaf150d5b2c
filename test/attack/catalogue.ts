import { AGENCY_CASES } from './agency-cases';
import type { AttackCase } from './attack-case';
import { DISK_CASES } from './disk-cases';
import { PEER_CASES } from './peer-cases';
import { PROCESS_CASES } from './process-cases';

/** Every attack, in the order in which they are made. */
export const ATTACK_CASES: readonly AttackCase[] = [
  ...DISK_CASES,
  ...PROCESS_CASES,
  ...PEER_CASES,
  ...AGENCY_CASES,
];
