import { expect, test } from 'vitest';
import { catalogue, formatProblem, hintFor, PlumbError, plumbError, problemsOf, throwProblems } from './errors.ts';

test('an error tells every problem, each with its place and code', () => {
  const error = new PlumbError([
    { code: 'cli.usage', message: 'no such flag --frob' },
    {
      code: 'internal',
      message: 'it broke',
      where: {
        repository: 'https://git.example/a',
        commit: '0123456789abcdef',
        file: 'a/b.yaml',
        line: 3,
        column: 5,
        object: 'Service prod/nginx',
        field: 'spec.ports[0]',
      },
    },
  ]);
  expect(error.message).toBe(
    'no such flag --frob (cli.usage)\nhttps://git.example/a@0123456789ab a/b.yaml:3:5 Service prod/nginx spec.ports[0]: it broke (internal)',
  );
  expect(error.code).toBe('cli.usage');
});

test('an error is transient only where all its problems are', () => {
  expect(new PlumbError([{ code: 'timeout', message: 'a' }]).transient).toBe(true);
  expect(
    new PlumbError([
      { code: 'timeout', message: 'a' },
      { code: 'cli.usage', message: 'b' },
    ]).transient,
  ).toBe(false);
});

test('whatever was thrown becomes problems', () => {
  expect(problemsOf(plumbError('cli.usage', 'x'))).toEqual([{ code: 'cli.usage', message: 'x' }]);
  expect(problemsOf(new DOMException('gone', 'AbortError'))[0].code).toBe('cancelled');
  expect(problemsOf(new DOMException('late', 'TimeoutError'))[0].code).toBe('timeout');
  expect(problemsOf('odd')).toEqual([{ code: 'internal', message: 'odd' }]);
});

test('no problems, no error', () => {
  expect(() => throwProblems([])).not.toThrow();
  expect(() => throwProblems([{ code: 'internal', message: 'x' }])).toThrow(PlumbError);
});

test('every code has advice and a meaning, each a whole sentence', () => {
  for (const [code, entry] of Object.entries(catalogue)) {
    expect(code).toMatch(/^[a-z]+(\.[a-z0-9-]+)?$/);
    expect(entry.summary).toMatch(/\.$/);
    expect(entry.hint).toMatch(/[.)`]$/);
  }
  expect(hintFor({ code: 'internal', message: '', hint: 'own' })).toBe('own');
  expect(formatProblem({ code: 'internal', message: 'm' })).toBe('m (internal)');
});
