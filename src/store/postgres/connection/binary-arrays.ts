/**
 * Arrays in PostgreSQL's binary format, each as one parameter. Their text costs the client four times
 * as much: every byte of a batch becomes two digits there.
 */
const OID = { bool: 16, bytea: 17, int8: 20, int4: 23, text: 25 } as const;

const HEADER_BYTES = 12;
const DIMENSION_BYTES = 8;
const LENGTH_BYTES = 4;

/** An `int4[]`. @param values whole numbers @throws RangeError outside 32 bits */
export function int4Array(values: readonly number[]): Buffer {
  return fixed(OID.int4, 4, values, (to, value, at) => {
    to.writeInt32BE(value, at);
  });
}

/** An `int8[]`. @param values whole numbers, up to 2^53 */
export function int8Array(values: readonly number[]): Buffer {
  return fixed(OID.int8, 8, values, (to, value, at) => {
    to.writeBigInt64BE(BigInt(value), at);
  });
}

/** A `bool[]`: one byte for each value, beside its length. */
export function boolArray(values: readonly boolean[]): Buffer {
  return fixed(OID.bool, 1, values, (to, value, at) => {
    to.writeUInt8(Number(value), at);
  });
}

/** A `bytea[]`. The bytes are copied: the caller may reuse theirs. */
export function byteaArray(values: readonly Uint8Array[]): Buffer {
  return variable(OID.bytea, values);
}

/** A `text[]` in UTF-8, which is the encoding of the connection. */
export function textArray(values: readonly string[]): Buffer {
  return variable(
    OID.text,
    values.map((value) => Buffer.from(value)),
  );
}

function fixed<T>(
  oid: number,
  bytes: number,
  values: readonly T[],
  write: (to: Buffer, value: T, at: number) => void,
): Buffer {
  const array = begin(oid, values.length, values.length * (LENGTH_BYTES + bytes));
  let at = array.length - values.length * (LENGTH_BYTES + bytes);
  for (const value of values) {
    at = array.writeInt32BE(bytes, at);
    write(array, value, at);
    at += bytes;
  }
  return array;
}

function variable(oid: number, values: readonly Uint8Array[]): Buffer {
  const bytes = values.reduce((sum, { length }) => sum + LENGTH_BYTES + length, 0);
  const array = begin(oid, values.length, bytes);
  let at = array.length - bytes;
  for (const value of values) {
    at = array.writeInt32BE(value.length, at);
    array.set(value, at);
    at += value.length;
  }
  return array;
}

/** Header of an array without nulls: one dimension from 1 on, or none where it is empty. */
function begin(oid: number, count: number, bytes: number): Buffer {
  const hasElements = count > 0;
  const headerBytes = HEADER_BYTES + (hasElements ? DIMENSION_BYTES : 0);
  const array = Buffer.allocUnsafe(headerBytes + bytes);
  array.writeInt32BE(Number(hasElements), 0);
  array.writeInt32BE(0, 4);
  array.writeInt32BE(oid, 8);
  if (!hasElements) return array;
  array.writeInt32BE(count, HEADER_BYTES);
  array.writeInt32BE(1, HEADER_BYTES + 4);
  return array;
}
