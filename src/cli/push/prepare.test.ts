import { Command } from 'commander';
import { expect, test } from 'vitest';
import { addPushFlags, addPushSyncFlags, type PushOptions, type PushSyncFlags } from './flags.ts';
import { syncOptionsOf } from './prepare.ts';

const optionsOf = (...args: readonly string[]) => {
  const command = addPushSyncFlags(addPushFlags(new Command().exitOverride().configureOutput({ writeErr: () => {} })));
  return syncOptionsOf(command.parse(args, { from: 'user' }).opts<PushOptions & PushSyncFlags>(), 'shop');
};
const usual = { prune: true, pruneLimit: { percent: 50 }, force: true };

// What `spec.sync` of an Application says, in its own words.
test.each([
  [[], {}],
  [['--write', 'Override'], { write: 'Override' }],
  [['--recreate'], { recreate: true }],
  [['--propagation', 'Orphan'], { propagation: 'Orphan' }],
  [['--shared-objects', 'Skip'], { shared: 'Skip' }],
  [['--validation', 'None'], { validation: 'None' }],
  [['--prune-last', '--allow-empty'], { pruneLast: true, allowEmpty: true }],
  [['--no-prune', '--prune-limit', '10%'], { prune: false, pruneLimit: { percent: 10 } }],
  [['--no-force-conflicts'], { force: false }],
  [['--create-namespace', '--approve', 'x'], { createNamespace: 'shop', approval: 'x' }],
])('%j', (args, said) => {
  expect(optionsOf(...args)).toEqual({ ...usual, ...said });
});

test.each(['write', 'propagation', 'shared-objects', 'missing-kinds', 'validation'])(
  'a value that --%s does not have is refused',
  (name) => {
    expect(() => optionsOf(`--${name}`, 'nonsense')).toThrow('Allowed choices are');
  },
);
