import { acquireLock } from '../../src/git/lock.ts';

// Holds a lock until it is killed, or until its standard input ends. A process of its own, for tests that kill it.
const [path = '', child = ''] = process.argv.slice(2);
const lock = await acquireLock(path, { signal: new AbortController().signal, waitMilliseconds: 60_000 });
if (child !== '') lock.noteChild(Number(child));
process.stdout.write('held\n');
process.stdin.resume();
process.stdin.once('end', () => {
  void lock.release().then(() => process.stdout.write('released\n'));
});
