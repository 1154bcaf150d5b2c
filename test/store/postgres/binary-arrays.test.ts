/** Expected bytes are what `array_send` of PostgreSQL 15 answers, written out. */
import { expect } from 'chai';
import {
  boolArray,
  byteaArray,
  int4Array,
  int8Array,
  textArray,
} from '../../../src/store/postgres/connection/binary-arrays';

const hex = (array: Buffer): string => array.toString('hex');

describe('arrays for PostgreSQL', () => {
  it('have a header of one dimension from 1 on, then length and bytes of each element', () => {
    const header = '00000001' + '00000000';
    const two = '00000002' + '00000001';
    expect(hex(int4Array([1, -2]))).to.equal(
      `${header}00000017${two}0000000400000001` + '00000004fffffffe',
    );
    expect(hex(int8Array([2 ** 53 - 1, 0]))).to.equal(
      `${header}00000014${two}00000008001fffffffffffff` + '000000080000000000000000',
    );
    expect(hex(boolArray([true, false]))).to.equal(
      `${header}00000010${two}0000000101` + '0000000100',
    );
    expect(hex(byteaArray([Buffer.from('ab', 'latin1'), Buffer.alloc(0)]))).to.equal(
      `${header}00000011${two}000000026162` + '00000000',
    );
    expect(hex(textArray(['ñ', 'x']))).to.equal(
      `${header}00000019${two}00000002c3b1` + '0000000178',
    );
  });

  it('have no dimension where they are empty', () => {
    expect(hex(int4Array([]))).to.equal('00000000' + '00000000' + '00000017');
    expect(hex(byteaArray([]))).to.equal('00000000' + '00000000' + '00000011');
  });
});
