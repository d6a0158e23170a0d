import { Command } from 'commander';
import { expect, test } from 'vitest';
import { problemsOf } from '../errors.ts';
import { egressFlag, egressOf } from './egress.ts';

/** Whether `plumb run` with these flags and variables would connect to a URL. */
function connects(url: string, flags: readonly string[], env: Readonly<Record<string, string>> = {}): boolean {
  const command = new Command('run').addOption(egressFlag('allow', 'x')).addOption(egressFlag('deny', 'x'));
  command.parse([...flags], { from: 'user' });
  const egress = egressOf(command.opts(), env);
  try {
    egress.check(url);
    return true;
  } catch (error) {
    expect(problemsOf(error)[0].code).toBe('egress.refused');
    return false;
  }
}

const flags = ['--egress-allow', 'a.example', '--egress-allow', '*.b.example', '--egress-deny', 'x.b.example'];

test.each([
  ['https://a.example/x', true],
  ['https://y.b.example/x', true],
  ['https://x.b.example/x', false],
  ['https://c.example/x', false],
])('flags may be given many times: %s', (url, wanted) => {
  expect(connects(url, flags)).toBe(wanted);
});

test('variables add to the flags, and nothing is opened by an empty one', () => {
  const env = { PLUMB_EGRESS_ALLOW: ' c.example , d.example,', PLUMB_EGRESS_DENY: 'd.example' };
  expect(connects('https://c.example/x', flags, env)).toBe(true);
  expect(connects('https://d.example/x', flags, env)).toBe(false);
  expect(connects('https://e.example/x', flags, env)).toBe(false);
  expect(connects('https://e.example/x', [], { PLUMB_EGRESS_ALLOW: '', PLUMB_EGRESS_DENY: ' , ' })).toBe(true);
  expect(connects('http://169.254.169.254/', [], { PLUMB_EGRESS_ALLOW: '' })).toBe(false);
});

test('every rule that cannot be read is told before anything begins', () => {
  try {
    egressOf({ egressAllow: ['http://a'], egressDeny: ['10.0.0.0/99'] }, { PLUMB_EGRESS_DENY: 'a b' });
    expect.unreachable();
  } catch (error) {
    expect(problemsOf(error).map(({ code }) => code)).toEqual(Array(3).fill('egress.rule-invalid'));
  }
});
