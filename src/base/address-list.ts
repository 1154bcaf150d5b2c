/** Where a program may find its servers: one address, or several. */
import * as v from 'valibot';
import { LIMITS } from './limits';
import { hostAndPort, type SettingType } from './setting-types';

export interface ServerAddress {
  /** A name or an IP address, without brackets. */
  readonly host: string;
  readonly port: number;
}

export type AddressList = readonly [ServerAddress, ...ServerAddress[]];

/** `host:port`, or several with commas between them; none twice. */
export const addressList: SettingType<AddressList> = {
  expected: `${hostAndPort.expected}, or up to ${String(LIMITS.serverAddressesMax)}, separated by commas`,
  schema: v.pipe(
    v.string(),
    v.rawTransform<string, AddressList>(({ dataset, addIssue, NEVER }) => {
      const parsed = parseList(dataset.value);
      if (typeof parsed !== 'string') return parsed;
      addIssue({ message: parsed });
      return NEVER;
    }),
  ),
  findProblem: (text) => {
    const parsed = parseList(text);
    // What is wrong with a single address is what was expected.
    return typeof parsed === 'string' && text.includes(',') ? parsed : undefined;
  },
};

/** `host:port`, with the host in brackets when it is an IPv6 address. */
export function addressText({ host, port }: ServerAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${String(port)}`;
}

/** @returns the addresses, or what is wrong with the text */
function parseList(text: string): AddressList | string {
  const seen = new Set<string>();
  const addresses: ServerAddress[] = [];
  for (const [i, part] of text.split(',').entries()) {
    const which = `address ${String(i + 1)}`;
    const parsed = v.safeParse(hostAndPort.schema, part.trim());
    if (part.trim() === '') return `${which} is empty`;
    if (!parsed.success) {
      return `${which}, "${part.trim()}", is no host with a port from 1 to ${String(LIMITS.portMax)}`;
    }
    const name = addressText(parsed.output).toLowerCase();
    if (seen.has(name)) return `${which}, "${part.trim()}", is named twice`;
    seen.add(name);
    addresses.push(parsed.output);
  }
  const [first, ...others] = addresses;
  if (first === undefined) return 'it is empty';
  if (addresses.length <= LIMITS.serverAddressesMax) return [first, ...others];
  return `it has ${String(addresses.length)} addresses`;
}
