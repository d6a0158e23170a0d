// Frames between this process and the native renderer: u32 length of the rest, u32 render id, u8 kind, payload.

/** The kinds of frames. */
export const frameKinds = { request: 1, question: 2, reply: 3, response: 4 } as const;

/** One frame that came in. */
export interface Frame {
  readonly id: number;
  readonly kind: number;
  readonly payload: Buffer;
}

const headLength = 9;

/** The bytes before a payload. */
export function frameHead(id: number, kind: number, length: number): Buffer {
  const head = Buffer.alloc(headLength);
  head.writeUInt32LE(length + headLength - 4);
  head.writeUInt32LE(id, 4);
  head.writeUInt8(kind, 8);
  return head;
}

/** Cuts a stream into frames. Call it with each piece that arrives. */
export function frameReader(take: (frame: Frame) => void): (piece: Buffer) => void {
  let pieces: Buffer[] = [];
  let length = 0;
  return (piece) => {
    pieces.push(piece);
    length += piece.length;
    while (length >= headLength) {
      // Joined only when a whole frame is there, so that a large one is not copied for each of its pieces.
      const first = (pieces[0]?.length ?? 0) >= 4 ? pieces[0] : Buffer.concat(pieces);
      const whole = (first?.readUInt32LE(0) ?? 0) + 4;
      if (length < whole) return;
      const bytes = pieces.length === 1 && pieces[0] !== undefined ? pieces[0] : Buffer.concat(pieces);
      take({ id: bytes.readUInt32LE(4), kind: bytes.readUInt8(8), payload: bytes.subarray(headLength, whole) });
      pieces = bytes.length > whole ? [bytes.subarray(whole)] : [];
      length -= whole;
    }
  };
}
