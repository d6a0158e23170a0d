import { openMirror } from '../../src/git/index.ts';
import { problemsOf } from '../../src/errors.ts';

// Opens a mirror and fetches its default branch, in a process of its own: for tests that kill it, or run several.
const [url = '', directory = '', times = '1'] = process.argv.slice(2);
const { signal } = new AbortController();
const mirror = await openMirror({ url, directory, signal, allowFile: true });
process.stdout.write('open\n');
try {
  for (let count = 0; count < Number(times); count += 1) {
    const { resolved, change } = await mirror.fetch({}, { signal });
    process.stdout.write(`${JSON.stringify({ commit: resolved.commit, change })}\n`);
  }
} catch (error) {
  process.stdout.write(
    `${JSON.stringify({ code: problemsOf(error)[0].code, message: problemsOf(error)[0].message })}\n`,
  );
}
await mirror.close();
