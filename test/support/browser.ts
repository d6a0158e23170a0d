/** What a browser got, at the end of all redirects. */
export interface Page {
  readonly url: string;
  readonly status: number;
  readonly headers: Headers;
  readonly text: string;
}

/** As much of a browser as signing in needs: cookies, redirects, forms. Cookies are kept by host and path is ignored. */
export interface Browser {
  readonly cookies: Map<string, string>;
  /** Goes to a page, and on where it redirects, until `stop` says that this URL is far enough. */
  visit(url: string, stop?: (url: string) => boolean): Promise<Page>;
  /** Sends a form, and goes on where it redirects. */
  submit(url: string, form: Readonly<Record<string, string>>): Promise<Page>;
  /** One request with the cookies, without going on. */
  send(
    url: string,
    options?: { readonly method?: string; readonly headers?: Record<string, string>; readonly body?: string },
  ): Promise<Page>;
}

/** A browser that knows nobody yet. */
export function createBrowser(): Browser {
  const cookies = new Map<string, string>();
  const keep = (headers: Headers): void => {
    for (const line of headers.getSetCookie()) {
      const [, name = '', value = ''] = /^([^=]+)=([^;]*)/.exec(line) ?? [];
      if (value === '' || /max-age=0|expires=Thu, 01 Jan 1970/i.test(line)) cookies.delete(name);
      else cookies.set(name, value);
    }
  };
  const send: Browser['send'] = async (url, { method = 'GET', headers = {}, body } = {}) => {
    const cookie = [...cookies].map(([name, value]) => `${name}=${value}`).join('; ');
    const answer = await fetch(url, {
      method,
      redirect: 'manual',
      headers: { ...(cookie === '' ? {} : { cookie }), ...headers },
      ...(body === undefined ? {} : { body }),
    });
    keep(answer.headers);
    return { url, status: answer.status, headers: answer.headers, text: await answer.text() };
  };
  const follow = async (page: Page, stop: (url: string) => boolean): Promise<Page> => {
    let here = page;
    for (let hops = 0; hops < 20; hops += 1) {
      const location = here.headers.get('location');
      if (here.status < 300 || here.status > 399 || location === null) return here;
      const next = new URL(location, here.url).href;
      if (stop(next)) return { ...here, url: next };
      here = await send(next);
    }
    throw new Error('redirected without end');
  };
  return {
    cookies,
    send,
    visit: async (url, stop = () => false) => (stop(url) ? send(url) : follow(await send(url), stop)),
    submit: async (url, form) => {
      const headers = { 'content-type': 'application/x-www-form-urlencoded' };
      return follow(
        await send(url, { method: 'POST', headers, body: new URLSearchParams(form).toString() }),
        () => false,
      );
    },
  };
}
