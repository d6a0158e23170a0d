import { createHash } from 'node:crypto';
import { catalogue, type ErrorCode } from '../../errors.ts';

/** A page with the headers that let it do what it needs, and nothing else. */
export interface SignInPage {
  readonly html: string;
  readonly policy: string;
}

const style = `
body { font: 16px/1.5 system-ui, sans-serif; max-width: 34rem; margin: 15vh auto; padding: 0 1rem; color: #1a1d21; background: #fff; }
h1 { font-size: 1.3rem; } p { margin: 1rem 0; } a, button { font: inherit; color: #0b57d0; }
button { padding: .3rem .9rem; background: none; border: 1px solid #0b57d0; border-radius: 4px; cursor: pointer; }
@media (prefers-color-scheme: dark) { body { color: #e8eaed; background: #1a1d21; } a, button { color: #8ab4f8; border-color: #8ab4f8; } }
`;

// The code of a link is in the fragment, which no browser sends and no log holds; it leaves the address bar at once.
const script = `
const $ = (id) => document.getElementById(id);
const say = (text) => { $('state').textContent = text; };
const code = location.hash.slice(1);
if (code) history.replaceState(null, '', location.pathname);
async function show() {
  const answer = await fetch('auth/session', { headers: { accept: 'application/json' } });
  if (!answer.ok) { $('in').hidden = false; return; }
  const { user, csrfToken } = await answer.json();
  say('You are signed in as ' + user.username + '.');
  $('in').hidden = true;
  $('out').hidden = false;
  $('out').onclick = async () => {
    await fetch('auth/logout', { method: 'POST', headers: { 'x-plumb-csrf': csrfToken } });
    $('out').hidden = true;
    say('You are signed out.');
    $('in').hidden = false;
  };
}
async function redeem() {
  const answer = await fetch('auth/link', { method: 'POST', headers: { 'content-type': 'application/json' }, body: JSON.stringify({ code }) });
  if (!answer.ok) say((await answer.json()).detail);
}
(code ? redeem() : Promise.resolve()).then(show).catch(() => say('Plumbline does not answer.'));
`;

const hashOf = (text: string): string => `'sha256-${createHash('sha256').update(text).digest('base64')}'`;
const policy = [
  "default-src 'none'",
  `script-src ${hashOf(script)}`,
  `style-src ${hashOf(style)}`,
  "connect-src 'self'",
  "base-uri 'none'",
  "form-action 'none'",
  "frame-ancestors 'none'",
].join('; ');

/**
 * Where people sign in and out.
 * @param problem the code of what went wrong before, as it came from outside: no other text of it is shown
 */
export function signInPage(hasIssuer: boolean, problem: unknown): SignInPage {
  const code = String(problem);
  const isKnown = code.startsWith('auth.') && Object.hasOwn(catalogue, code);
  const entry = isKnown ? catalogue[code as ErrorCode] : undefined;
  const told = entry === undefined ? '' : `<p role="alert">${escape(entry.summary)}</p><p>${escape(entry.hint)}</p>`;
  // Whoever was refused may want to be somebody else, whom the issuer would not ask for by itself.
  const way = hasIssuer
    ? `<p id="in" hidden><a href="auth/login${isKnown ? '?again=true' : ''}">Sign in</a></p>`
    : '<p id="in" hidden>Open the link that <code>plumb start</code> printed.</p>';
  const html = `<!doctype html>
<html lang="en">
<head><meta charset="utf-8"><meta name="viewport" content="width=device-width"><title>Plumbline</title><style>${style}</style></head>
<body><h1>Plumbline</h1>${told}<p id="state" role="status"></p>${way}<p><button id="out" hidden>Sign out</button></p>
<script type="module">${script}</script></body>
</html>
`;
  return { html, policy };
}

function escape(text: string): string {
  return text.replaceAll('&', '&amp;').replaceAll('<', '&lt;').replaceAll('>', '&gt;').replaceAll('"', '&quot;');
}
