import fc from 'fast-check';
import { expect, test } from 'vitest';
import { createBatchParser, type BatchAnswer } from './batch-parser.ts';

const id = 'ab'.repeat(20);

function parse(chunks: readonly Buffer[], limit: number): { answers: BatchAnswer[]; skipped: number[] } {
  const answers: BatchAnswer[] = [];
  const skipped: number[] = [];
  const parser = createBatchParser(
    () => limit,
    (answer) => answers.push(answer),
    ({ size }) => skipped.push(size),
  );
  for (const chunk of chunks) parser.push(chunk);
  return { answers, skipped };
}

test('answers are the same however the output is cut into pieces', () => {
  const body = fc.uint8Array({ maxLength: 40 });
  const expected = fc.array(fc.oneof(body, fc.constant(undefined)), { maxLength: 8 });
  fc.assert(
    fc.property(expected, fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1 }), (bodies, cuts) => {
      const output = Buffer.concat(
        bodies.map((bytes) =>
          bytes === undefined
            ? Buffer.from('refs/heads/x^{commit} missing\n')
            : Buffer.concat([Buffer.from(`${id} blob ${bytes.length}\n`), bytes, Buffer.from('\n')]),
        ),
      );
      const chunks: Buffer[] = [];
      for (let at = 0, turn = 0; at < output.length; turn += 1) {
        const size = cuts[turn % cuts.length] ?? 1;
        chunks.push(Buffer.from(output.subarray(at, at + size)));
        at += size;
      }
      const { answers, skipped } = parse(chunks, 30);
      expect(answers.map((answer) => (answer.kind === 'object' ? [...answer.bytes] : answer.kind))).toEqual(
        bodies.map((bytes) => (bytes === undefined ? 'missing' : bytes.length > 30 ? 'too-large' : [...bytes])),
      );
      expect(skipped).toEqual(
        bodies.flatMap((bytes) => (bytes !== undefined && bytes.length > 30 ? [bytes.length] : [])),
      );
    }),
  );
});

test('an output of another form is refused', () => {
  expect(() => parse([Buffer.from('what is this\n')], 10)).toThrow(/answered "what is this"/);
  expect(() => parse([Buffer.alloc(5000, 'x')], 10)).toThrow(/endless line/);
});
