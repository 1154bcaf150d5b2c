import { expect } from 'chai';
import { addressGroup } from '../../../src/net/address-group';

describe('addressGroup', () => {
  const groups: readonly (readonly [string, string])[] = [
    ['10.0.0.7', '10.0.0.7'],
    ['', ''],
    ['::1', '0:0:0:0::/64'],
    ['2001:db8:0:1::1', '2001:db8:0:1::/64'],
    ['2001:db8:0:1:ffff:ffff:ffff:ffff', '2001:db8:0:1::/64'],
    ['2001:DB8::2', '2001:db8:0:0::/64'],
    ['1::2:3:4:5:6:7', '1:0:2:3::/64'],
    ['fe80::1%eth0', 'fe80:0:0:0::/64'],
    ['64:ff9b::192.0.2.33', '64:ff9b:0:0::/64'],
    ['1:2:3:4:5:6:192.0.2.33', '1:2:3:4::/64'],
  ];
  for (const [address, group] of groups) {
    it(`counts "${address}" as ${group}`, () => {
      expect(addressGroup(address)).to.equal(group);
    });
  }
});
