// Loaded into the controller by `--import`: notes every process that it starts in the file `processes` of its folder.
import { ChildProcess } from 'node:child_process';
import { writeFileSync } from 'node:fs';

const started = {};
const { spawn } = ChildProcess.prototype;

ChildProcess.prototype.spawn = function countAndSpawn(options) {
  const [program = '', ...args] = options.args ?? [options.file];
  const verb = args.find((argument) => /^[a-z][a-z-]*$/.test(argument));
  const name = program.endsWith('git') && verb !== undefined ? `git ${verb}` : program.split('/').at(-1);
  started[name] = (started[name] ?? 0) + 1;
  writeFileSync('processes', JSON.stringify(started));
  return spawn.call(this, options);
};
