// Hands objects to Plumbline, which commits them to Git in the place of writing them to the cluster, and waits until the
// cluster has them. Take `gitSync` into an operator of your own; with plumbline/operator none of this is needed.
import { readFile } from 'node:fs/promises';
import { text } from 'node:stream/consumers';
import { parseArgs } from 'node:util';

/** What becomes one commit. */
interface Change {
  readonly operator: string;
  readonly namespace: string;
  readonly objects?: readonly object[];
  readonly removed?: readonly { readonly apiVersion: string; readonly kind: string; readonly name: string }[];
  /** Names the change: whoever sends it again gets the same commit. */
  readonly operation?: string;
  readonly action?: string;
  readonly message?: string;
}

/** What became of it. */
interface Result {
  readonly operation: string;
  readonly state: string;
  readonly commit?: string;
  readonly sync?: { readonly state: string; readonly revision?: string };
}

/** Commits a change, and waits until the cluster has it. The token is read anew: Kubernetes renews it. */
async function gitSync(server: string, tokenFile: string, change: Change, signal: AbortSignal): Promise<Result> {
  const token = (await readFile(tokenFile, 'utf8')).trim();
  const answer = await fetch(`${server}/api/v1/gitsync?wait=synced`, {
    method: 'POST',
    headers: { authorization: `Bearer ${token}`, 'content-type': 'application/json' },
    body: JSON.stringify(change),
    signal,
  });
  if (!answer.ok) throw new Error(`${answer.status} ${await answer.text()}`);
  return (await answer.json()) as Result;
}

const { values } = parseArgs({
  options: {
    server: { type: 'string', default: 'http://plumbline.plumbline-system:8090' },
    'token-file': { type: 'string', default: '/var/run/secrets/kubernetes.io/serviceaccount/token' },
    namespace: { type: 'string', default: 'default' },
    operation: { type: 'string' },
    message: { type: 'string' },
  },
});
const { server, 'token-file': tokenFile, namespace, operation, message } = values;
// A JSON list of objects on standard input.
const objects = JSON.parse(await text(process.stdin)) as readonly object[];
const change: Change = {
  operator: 'gitsync-typescript',
  namespace,
  objects,
  action: 'Scaled',
  ...(operation === undefined ? {} : { operation }),
  ...(message === undefined ? {} : { message }),
};
const result = await gitSync(server, tokenFile, change, AbortSignal.timeout(180_000));
process.stdout.write(`${JSON.stringify(result)}\n`);
