import type { Call } from '../types.ts';
import type { AzureRepository } from './repository.ts';
import { labelSchema, labelsSchema } from './schema.ts';

/** Sets exactly these of `among`; other labels stay. Azure DevOps makes those that are missing, and knows no case. */
export async function setLabels(
  { http, path, name }: AzureRepository,
  number: number,
  { present, among }: { readonly present: readonly string[]; readonly among: readonly string[] },
  { signal }: Call,
): Promise<void> {
  const labels = `${path}/pullRequests/${number}/labels`;
  const what = `setting the labels of pull request ${number} of ${name}`;
  const there = (await http.call({ path: labels, schema: labelsSchema, what, signal })).body.value;
  const names = lowerCase(there.map((each) => each.name));
  const wanted = lowerCase(present);
  const ours = lowerCase(among);
  for (const label of present) {
    if (names.has(label.toLowerCase())) continue;
    const one = { method: 'POST', path: labels, body: { name: label }, schema: labelSchema } as const;
    await http.call({ ...one, what, repeatable: true, signal });
  }
  for (const { id, name: label } of there) {
    if (!ours.has(label.toLowerCase()) || wanted.has(label.toLowerCase())) continue;
    // By its id: a name may hold what cannot be part of a path.
    await http.send({ method: 'DELETE', path: `${labels}/${encodeURIComponent(id)}`, what, signal });
  }
}

function lowerCase(names: readonly string[]): ReadonlySet<string> {
  return new Set(names.map((name) => name.toLowerCase()));
}
