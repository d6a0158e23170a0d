import type { Call } from '../types.ts';
import type { GiteaRepository } from './repository.ts';
import { labelSchema, labelsSchema } from './schema.ts';

const colour = '#6e7781';

/** The ids of labels of a repository or of its organization; those that are missing are made. */
export async function labelIds(
  repository: GiteaRepository,
  names: readonly string[],
  { signal }: Call,
): Promise<readonly number[]> {
  if (names.length === 0) return [];
  const { http, path, name } = repository;
  const [owner = ''] = path.split('/').slice(-2);
  const what = `listing the labels of ${name}`;
  const own = await repository.all({ path: `${path}/labels`, schema: labelsSchema, what, signal }, (page) => page);
  const ids = new Map(own.map((label) => [label.name, label.id]));
  if (names.some((each) => !ids.has(each))) {
    // A user has no labels to lend: 404.
    const lent = await http.find({
      path: `/orgs/${owner}/labels`,
      query: { limit: 50 },
      schema: labelsSchema,
      what,
      signal,
    });
    for (const label of lent?.body ?? []) if (!ids.has(label.name)) ids.set(label.name, label.id);
  }
  for (const each of new Set(names)) {
    if (ids.has(each)) continue;
    const { body } = await http.call({
      method: 'POST',
      path: `${path}/labels`,
      body: { name: each, color: colour },
      schema: labelSchema,
      what: `making the label ${each} in ${name}`,
      signal,
    });
    ids.set(each, body.id);
  }
  return names.flatMap((each) => ids.get(each) ?? []);
}

/** Sets exactly these of `among`; other labels stay. */
export async function setLabels(
  repository: GiteaRepository,
  number: number,
  labels: { readonly present: readonly string[]; readonly among: readonly string[] },
  call: Call,
): Promise<void> {
  const { http, path, name } = repository;
  const what = `setting the labels of pull request ${number} of ${name}`;
  const { signal } = call;
  const there = (await http.call({ path: `${path}/issues/${number}/labels`, schema: labelsSchema, what, signal })).body;
  const missing = labels.present.filter((each) => !there.some((label) => label.name === each));
  if (missing.length > 0) {
    const ids = await labelIds(repository, missing, call);
    await http.send({
      method: 'POST',
      path: `${path}/issues/${number}/labels`,
      body: { labels: ids },
      what,
      repeatable: true,
      signal,
    });
  }
  for (const label of there) {
    if (!labels.among.includes(label.name) || labels.present.includes(label.name)) continue;
    await http.send({ method: 'DELETE', path: `${path}/issues/${number}/labels/${label.id}`, what, signal });
  }
}
