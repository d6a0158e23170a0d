/** Sent with every request, as GitHub's documentation asks for. */
export const gitHubHeaders = {
  accept: 'application/vnd.github+json',
  'x-github-api-version': '2022-11-28',
} as const;
