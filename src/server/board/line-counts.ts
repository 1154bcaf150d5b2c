/** Counts what the central logs about its peers: every error of a peer is a line with a code. */
import type { Telemetry } from '../../telemetry/telemetry';
import type { LogLine } from '../session/peer-log';

export function countLine(telemetry: Telemetry, line: LogLine): void {
  const { action, result, details = {}, peer } = line;
  if (action === 'turn_away') telemetry.refused('no_place', Number(details['connections']));
  else if (action === 'tls') telemetry.refused('tls');
  if (peer === undefined) return;
  if (action === 'introduce' && result === 'success') {
    if (peer.agency !== null) telemetry.greeted(peer.agency, peer.address);
    return;
  }
  if (result !== 'fail' || details['code'] === undefined) return;
  const code = String(details['code']);
  if (code === 'NOT_AUTHORISED') telemetry.refused('not_authorised');
  telemetry.failed(action.startsWith('apuesta_') ? 'rejects' : 'errors', code, peer.agency);
}
