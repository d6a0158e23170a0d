/** Ids of commits, as GitHub's documentation has them. */
export const headCommit = '6dcb09b5b57875f334f61aebed695e2e4193db5e';
export const baseCommit = 'c5b97d5ae6c19d5c5df71a34c7fbeeda2479ccbc';

const repository = { id: 1296269, name: 'hello-world', full_name: 'octo-org/hello-world' };

/** A pull request as GitHub documents it, as far as it is read. */
export function gitHubPull(number: number, change: object = {}): object {
  return {
    id: 1,
    number,
    state: 'open',
    locked: false,
    title: 'Amazing new feature',
    user: { login: 'octocat', id: 1, type: 'User' },
    body: 'Please pull these awesome changes in!',
    labels: [{ id: 208045946, name: 'bug', color: 'f29513', default: true }],
    created_at: '2011-01-26T19:01:12Z',
    updated_at: '2011-01-27T19:01:12Z',
    closed_at: null,
    merged_at: null,
    merge_commit_sha: 'e5bd3914e2e596debea16f433f57875b5b90bcd6',
    head: { label: 'octo-org:new-topic', ref: 'new-topic', sha: headCommit, repo: repository },
    base: { label: 'octo-org:main', ref: 'main', sha: baseCommit, repo: repository },
    html_url: `https://github.com/octo-org/hello-world/pull/${number}`,
    draft: false,
    ...change,
  };
}
