import { expect, test } from 'vitest';
import { actionCases } from '../../test/support/action-cases.ts';
import { groupOf, type JsonObject, type KubeObject } from '../object.ts';
import { effectOf } from './effect.ts';
import { offeredActions } from './offered.ts';
import { actionsOfKind, allActions } from './rules/index.ts';
import { parseValues } from './values.ts';

// Each action of the table against its case: what it writes, and for which objects it is offered.
const now = new Date('2026-11-22T04:05:06.789Z');

const cases = actionCases.flatMap(({ kinds, cases: ofKinds }) =>
  kinds.flatMap((text) => {
    const [apiVersion = '', kind = ''] = text.split(' ');
    return ofKinds.map((each) => ({ apiVersion, kind, each }));
  }),
);

/** With the moment in its place. */
const momentIn = (value: JsonObject): unknown =>
  JSON.parse(JSON.stringify(value).replaceAll('<now>', now.toISOString()));

const names = (of: KubeObject): readonly string[] =>
  offeredActions(of)
    .filter(({ offered }) => offered)
    .map(({ action }) => action.name);

test.each(cases)(
  '$each.action of $apiVersion $kind: what it writes, and when it is offered',
  ({ apiVersion, kind, each }) => {
    const { on = {}, never, values = {}, patch, makes } = each;
    const withFields = (fields: { readonly metadata?: object }): KubeObject => ({
      apiVersion,
      kind,
      ...fields,
      metadata: { name: 'x', namespace: 'shop', ...fields.metadata },
    });
    expect(names(withFields(on))).toContain(each.action);
    if (never !== undefined) expect(names(withFields(never))).not.toContain(each.action);
    const action = actionsOfKind({ group: groupOf(apiVersion), kind }).find(({ name }) => name === each.action);
    if (action === undefined) throw new Error(`${kind} has no ${each.action}`);
    const made = effectOf(action, { object: withFields(on), values: parseValues(action, values), now });
    if (makes !== undefined) expect(made).toMatchObject({ kind: 'create', object: makes });
    else expect(made).toMatchObject({ kind: 'patch', patch: momentIn(patch ?? {}) });
    if (made.kind === 'patch') expect(made.patch).toEqual(momentIn(patch ?? {}));
  },
);

test('every action has its case', () => {
  const shown = new Set(
    cases.map(({ apiVersion, kind, each }) => {
      const group = groupOf(apiVersion);
      const family = /^s3\.aws(\..+)$/.exec(group);
      return family === null ? `${kind}.${group} ${each.action}` : `*.*${family[1]} ${each.action}`;
    }),
  );
  const all = [...allActions()].flatMap(({ group, kind, actions }) =>
    actions.map(({ name }) => `${kind}.${group} ${name}`),
  );
  expect(all.filter((id) => !shown.has(id))).toEqual([]);
});
