/** One packet of Git's wire protocol (gitprotocol-common): bytes, or one of the marks between them. */
export type Packet = Buffer | 'flush' | 'delimiter' | 'end';

/** The bytes of a line of text as a packet. */
export function textPacket(line: string): string {
  const text = `${line}\n`;
  return (Buffer.byteLength(text) + 4).toString(16).padStart(4, '0') + text;
}

/** The mark between the parts of a request, and the one at its end. */
export const delimiterPacket = '0001';
export const flushPacket = '0000';

/**
 * Takes a stream of packets apart, in whatever pieces it comes.
 * @throws Error where it is not of that form, or ends in the middle of a packet
 */
export async function* packetsOf(chunks: AsyncIterable<Buffer>): AsyncGenerator<Packet> {
  let rest: Buffer = Buffer.alloc(0);
  for await (const chunk of chunks) {
    rest = rest.length === 0 ? chunk : Buffer.concat([rest, chunk]);
    let at = 0;
    while (rest.length - at >= 4) {
      const length = lengthIn(rest, at);
      if (length >= 4 && rest.length - at < length) break;
      yield length < 4 ? markOf(length) : rest.subarray(at + 4, at + length);
      at += Math.max(length, 4);
    }
    rest = rest.subarray(at);
  }
  if (rest.length > 0) throw new Error('the answer ends in the middle of a packet');
}

function lengthIn(bytes: Buffer, at: number): number {
  const digits = bytes.toString('latin1', at, at + 4);
  if (!/^[0-9a-fA-F]{4}$/.test(digits)) throw new Error('the answer is not made of packets');
  return Number.parseInt(digits, 16);
}

function markOf(length: number): Packet {
  if (length === 0) return 'flush';
  if (length === 1) return 'delimiter';
  if (length === 2) return 'end';
  throw new Error('the answer holds a packet of a length that there is not');
}
