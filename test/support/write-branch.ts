import { openMirror } from '../../src/git/index.ts';
import { problemsOf } from '../../src/errors.ts';
import { createBranchWriter, type Edit } from '../../src/writeback/index.ts';

// Counts a number in a file up, many at once, in a process of its own: for tests that run several, or kill it.
const [url = '', directory = '', name = '', times = '1'] = process.argv.slice(2);
const { signal } = new AbortController();
const mirror = await openMirror({ url, directory, signal, allowFile: true });
const writer = createBranchWriter({ mirror, branch: 'main', how: { mode: 'commit' }, signal });
const author = { name: 'Plumbline', email: 'plumbline@example.org', at: new Date() };

const count =
  (who: string): Edit =>
  async ({ files }) => {
    const before = Number(Buffer.from((await files.read('count')) ?? []).toString() || '0');
    const changes = [{ path: 'count', content: Buffer.from(`${before + 1}\n`) }];
    return { changes, message: `{"Action":"count","Message":"${who} ${before + 1}"}\n`, author };
  };

process.stdout.write('open\n');
const run = async (): Promise<void> => {
  const all = Array.from({ length: Number(times) }, async (_, index) => {
    const operation = `${name}-${index}`;
    const told = await writer.write(count(operation), { signal, operation }).catch((error: unknown) => ({
      code: problemsOf(error)[0].code,
      message: problemsOf(error)[0].message,
    }));
    process.stdout.write(`${JSON.stringify({ operation, ...told })}\n`);
  });
  await Promise.all(all);
  await mirror.close();
  process.stdin.destroy();
};
process.stdin.once('data', () => void run());
