const untrusted =
  /^(?:DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_|CERT_|CRL_|ERR_TLS_|ERR_SSL_|EPROTO|ERR_OSSL_|HOSTNAME_MISMATCH)/;

const words: Readonly<Record<string, string>> = {
  ECONNREFUSED: 'nothing listens there (connection refused)',
  ECONNRESET: 'the connection was cut',
  EPIPE: 'the connection was cut',
  ENOTFOUND: 'there is no such host',
  EAI_AGAIN: 'the name of the host cannot be looked up just now',
  EHOSTUNREACH: 'there is no way to the host',
  ENETUNREACH: 'there is no way to the network',
  ETIMEDOUT: 'no answer to the connection',
  UND_ERR_CONNECT_TIMEOUT: 'no answer to the connection',
  UND_ERR_HEADERS_TIMEOUT: 'it took the request and gave no answer',
  UND_ERR_BODY_TIMEOUT: 'the answer stopped half way',
  UND_ERR_SOCKET: 'the connection was cut',
  UND_ERR_ABORTED: 'the connection was closed',
  UND_ERR_DESTROYED: 'the client is closed',
  UND_ERR_CLOSED: 'the client is closed',
};

/** Whether a connection failed because the other end could not show that it is who it should be, by the code of the error. */
export function isUntrusted(code: string): boolean {
  return untrusted.test(code);
}

/** Why a connection failed, by the code of the error; undefined where that says nothing. */
export function connectionWords(code: string): string | undefined {
  return words[code];
}
