import type { Colors } from '../output/colors.ts';

/** What a person needs to know once everything runs. */
export interface StartFacts {
  /** Path of the kubeconfig; undefined where the cluster is the user's own. */
  readonly kubeconfig: string | undefined;
  readonly context: string | undefined;
  readonly server: string;
  readonly cloneUrl: string;
  readonly namespace: string;
  readonly applications: readonly string[];
  /** How the program is called here: `plumb`, or `./plumb` in the source tree. */
  readonly program: string;
  /** The HTTP API, and the link that signs in to it once; undefined where it is not served. */
  readonly api?: { readonly url: string; readonly link: string };
}

/** What runs where, and what to try first. */
export function formatGuide(facts: StartFacts, colors: Colors): string {
  const { kubeconfig, context, cloneUrl, program } = facts;
  const bold = (text: string) => colors.bold(text);
  const cluster =
    kubeconfig === undefined ? `the context ${context ?? ''} (${facts.server})` : `export KUBECONFIG=${kubeconfig}`;
  const api =
    facts.api === undefined
      ? ''
      : `${bold('API')}          ${facts.api.url}/api/v1\n${bold('Sign in')}      ${facts.api.link}\n             (once, within ten minutes)\n`;
  return `
${bold('Cluster')}      ${cluster}
${bold('Repository')}   git clone ${cloneUrl}
${bold('Applications')} ${facts.applications.join(', ')}
${api}
${bold('Try this in another terminal:')}
${kubeconfig === undefined ? '' : `  export KUBECONFIG=${kubeconfig}\n`}  ${program} get
  git clone ${cloneUrl} && cd ${cloneUrl.replace(/^.*\/|\.git$/g, '')}
  # change the replicas in overlays/prod/kustomization.yaml, then:
  git commit -am 'Scale nginx' && git push
  ${program} tree nginx-prod        # it has arrived by itself
  kubectl -n prod delete service nginx     # it comes back

Ctrl-C ends it all. What was pushed is kept for the next time.
`;
}
