import fc from 'fast-check';
import { expect, test } from 'vitest';
import { problemsOf } from '../errors.ts';
import { patched } from './patch.ts';

// The examples of RFC 7396, appendix A.
test.each<[unknown, unknown, unknown]>([
  [{ a: 'b' }, { a: 'c' }, { a: 'c' }],
  [{ a: 'b' }, { b: 'c' }, { a: 'b', b: 'c' }],
  [{ a: 'b' }, { a: null }, {}],
  [{ a: 'b', b: 'c' }, { a: null }, { b: 'c' }],
  [{ a: ['b'] }, { a: 'c' }, { a: 'c' }],
  [{ a: 'c' }, { a: ['b'] }, { a: ['b'] }],
  [{ a: { b: 'c' } }, { a: { b: 'd', c: null } }, { a: { b: 'd' } }],
  [{ a: [{ b: 'c' }] }, { a: [1] }, { a: [1] }],
  [
    ['a', 'b'],
    ['c', 'd'],
    ['c', 'd'],
  ],
  [{ a: 'b' }, ['c'], ['c']],
  [{ e: null }, { a: 1 }, { e: null, a: 1 }],
  [[1, 2], { a: 'b', c: null }, { a: 'b' }],
  [{}, { a: { bb: { ccc: null } } }, { a: { bb: {} } }],
])('merge patch: %j with %j is %j', (value, patch, result) => {
  expect(patched(value, 'merge', patch)).toEqual(result);
});

// The examples of RFC 6902, appendix A, that succeed.
test.each<[unknown, readonly object[], unknown]>([
  [{ foo: 'bar' }, [{ op: 'add', path: '/baz', value: 'qux' }], { baz: 'qux', foo: 'bar' }],
  [{ foo: ['bar', 'baz'] }, [{ op: 'add', path: '/foo/1', value: 'qux' }], { foo: ['bar', 'qux', 'baz'] }],
  [{ baz: 'qux', foo: 'bar' }, [{ op: 'remove', path: '/baz' }], { foo: 'bar' }],
  [{ foo: ['bar', 'qux', 'baz'] }, [{ op: 'remove', path: '/foo/1' }], { foo: ['bar', 'baz'] }],
  [{ baz: 'qux' }, [{ op: 'replace', path: '/baz', value: 'boo' }], { baz: 'boo' }],
  [
    { foo: { bar: 'baz', waldo: 'fred' }, qux: { corge: 'grault' } },
    [{ op: 'move', from: '/foo/waldo', path: '/qux/thud' }],
    { foo: { bar: 'baz' }, qux: { corge: 'grault', thud: 'fred' } },
  ],
  [
    { foo: ['all', 'grass', 'cows', 'eat'] },
    [{ op: 'move', from: '/foo/1', path: '/foo/3' }],
    { foo: ['all', 'cows', 'eat', 'grass'] },
  ],
  [{ baz: 'qux', foo: ['a', 2] }, [{ op: 'test', path: '/foo/1', value: 2 }], { baz: 'qux', foo: ['a', 2] }],
  [
    { foo: 'bar' },
    [{ op: 'add', path: '/child', value: { grandchild: {} } }],
    { foo: 'bar', child: { grandchild: {} } },
  ],
  [{ '/': 9, '~1': 10 }, [{ op: 'test', path: '/~01', value: 10 }], { '/': 9, '~1': 10 }],
  [{ foo: ['bar'] }, [{ op: 'add', path: '/foo/-', value: ['abc'] }], { foo: ['bar', ['abc']] }],
  [{ a: { b: 1 } }, [{ op: 'copy', from: '/a', path: '/c' }], { a: { b: 1 }, c: { b: 1 } }],
])('JSON patch: %j with %j is %j', (value, patch, result) => {
  const before = structuredClone(value);
  expect(patched(value, 'json', patch)).toEqual(result);
  expect(value).toEqual(before);
});

test.each<[unknown, unknown, string]>([
  [{}, {}, 'writeback.patch-invalid'],
  [{}, [{ op: 'add', path: 'a', value: 1 }], 'writeback.patch-invalid'],
  [{}, [{ op: 'add', path: '/a/b', value: 1 }], 'writeback.patch-invalid'],
  [{}, [{ op: 'remove', path: '/a' }], 'writeback.patch-invalid'],
  [{ a: [1] }, [{ op: 'replace', path: '/a/1', value: 2 }], 'writeback.patch-invalid'],
  [{ a: [1] }, [{ op: 'add', path: '/a/01', value: 2 }], 'writeback.patch-invalid'],
  [{ a: { b: 1 } }, [{ op: 'move', from: '/a', path: '/a/b' }], 'writeback.patch-invalid'],
  [{}, [{ op: 'increase', path: '/a' }], 'writeback.patch-invalid'],
  [{}, [{ op: 'add', path: '/__proto__/x', value: 1 }], 'writeback.patch-invalid'],
  [{ a: 1 }, [{ op: 'test', path: '/a', value: 2 }], 'writeback.patch-test'],
])('JSON patch: %j with %j is refused: %s', (value, patch, code) => {
  try {
    patched(value, 'json', patch);
    expect.unreachable();
  } catch (error) {
    expect(problemsOf(error)[0]).toMatchObject({ code });
  }
});

test('what is applied leaves the other fields and the other named items as they are', () => {
  const value = {
    spec: {
      replicas: 1,
      containers: [
        { name: 'a', image: 'a:1' },
        { name: 'b', image: 'b:1' },
      ],
      args: ['x'],
    },
  };
  const patch = { spec: { containers: [{ name: 'b', image: 'b:2' }, { name: 'c' }], args: ['y'] } };
  expect(patched(value, 'apply', patch)).toEqual({
    spec: {
      replicas: 1,
      containers: [{ name: 'a', image: 'a:1' }, { name: 'b', image: 'b:2' }, { name: 'c' }],
      args: ['y'],
    },
  });
});

test('a merge patch made twice changes nothing more, and no patch reaches the prototype of objects', () => {
  fc.assert(
    fc.property(fc.jsonValue(), fc.jsonValue(), (value, patch) => {
      const once = patched(value, 'merge', patch);
      expect(patched(once, 'merge', patch)).toEqual(once);
    }),
  );
  patched({}, 'merge', JSON.parse('{"__proto__": {"polluted": 1}}'));
  patched({}, 'apply', JSON.parse('{"__proto__": {"polluted": 1}}'));
  patched({}, 'json', [{ op: 'add', path: '/__proto__', value: { polluted: 1 } }]);
  expect(({} as { polluted?: number }).polluted).toBeUndefined();
});
